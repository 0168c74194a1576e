"""Build service of the serverless platform: build events in, build Jobs run and followed, results out."""
