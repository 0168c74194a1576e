#!/bin/sh
# No service is started while packages are installed: an image has no running init.
exit 101
