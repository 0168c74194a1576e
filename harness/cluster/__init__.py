"""The cluster, as the API server tells it. The only room that imports `kubernetes`."""
