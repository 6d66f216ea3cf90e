#!/bin/bash
# The whole way of an application, from the citizen to the valid sealed reply, in Chromium with scripts off (walk.mjs).
set -eu
. "$(dirname "$0")/site.sh"
site_start
node "$(dirname "$0")/walk.mjs"
