"""One shop's history, written out as different shop systems would: with the dirt real exports have."""
