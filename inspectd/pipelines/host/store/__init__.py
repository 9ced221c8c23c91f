"""The side pipelines' own database and blobs: nothing here is shared with the line."""
