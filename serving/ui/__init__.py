"""Pages for people, under /ui/: signed in with a key of scope ui, never without; they load nothing from elsewhere."""
