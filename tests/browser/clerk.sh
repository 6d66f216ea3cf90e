#!/bin/bash
# What a clerk enters: applications by every channel, a fee, and forms that first ask what it is about.
set -eu
. "$(dirname "$0")/site.sh"
site_start
node "$(dirname "$0")/clerk.mjs"
