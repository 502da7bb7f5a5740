"""Watching what serves: judged by what happened, by what its own scores promise, and by how tonight's data differ."""
