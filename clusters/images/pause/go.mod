module chaos-harness/pause

go 1.26
