#!/bin/bash
# A letter changed in the office, in Chromium with scripts off (templates.mjs): drafted block by block, checked, submitted,
# returned, approved by a second person from a day on, used by the next letter; then the preview that follows the typing.
set -eu
. "$(dirname "$0")/site.sh"
site_start
OPEN=$(site_sql "SELECT d.ref FROM mingda.dossier d JOIN mingda.fact f USING (agency_id, dossier_id)
    WHERE d.agency_id = 1 AND d.closed IS NULL AND d.opened = '2026-03-25' AND f.kind = 'assigned' LIMIT 1")
export OPEN
node "$(dirname "$0")/templates.mjs"
# What the page could not show: the history stands in the store, and all letters are still what they were made from.
test "$(site_sql "SELECT string_agg(deed, ' ' ORDER BY entry) FROM mingda.text_history WHERE agency_id = 1 AND code = 'D02' AND version = 2")" = \
    'drafted saved saved submitted returned saved submitted approved'
MINGDA_SETTINGS=$SITE/settings/demo.conf "$SITE/prefix/bin/mingda" letter again --all
