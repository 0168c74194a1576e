"""What the scenarios run on: engine, images, kind cluster and the deployed pipeline under test."""
