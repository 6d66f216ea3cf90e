#!/bin/bash
# Every page and every state of error, on a phone and on a desk, in both languages (pages.mjs).
set -eu
. "$(dirname "$0")/site.sh"
site_start
node "$(dirname "$0")/pages.mjs"
