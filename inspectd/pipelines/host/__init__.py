"""What every side pipeline stands on: inbox, jobs, stores, workers, models, page."""
