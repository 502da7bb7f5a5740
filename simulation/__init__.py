"""A simulated omnichannel retailer whose hidden truth is known.

The world writes canonical tables as a retailer would export them, and beside them, in a folder that ingest never
reads, what really drove every customer. It imports nothing of the project it tests.
"""
