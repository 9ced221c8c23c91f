"""`inspectd bench`: how fast a part is judged here, against what OpenCV alone can do."""
