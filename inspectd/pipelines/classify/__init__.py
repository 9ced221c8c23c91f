"""General classification: what a picture shows, by any installed model of that task."""
