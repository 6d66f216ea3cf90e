#!/bin/bash
# A refusal, an absence and a correction, each from the application to the served letter, in Chromium with scripts off
# (replies.mjs): sent back once at each step, refused for its text, served by mail and electronically.
set -eu
. "$(dirname "$0")/site.sh"
site_start
node "$(dirname "$0")/replies.mjs"
