#!/bin/bash
# Wrong facts corrected by two persons, in Chromium with scripts off (corrections.mjs): proposed, refused to who proposed it,
# confirmed in sight of what follows, declined; conflicts where people look for them, and the due date as known on a past day.
set -eu
. "$(dirname "$0")/site.sh"
site_start
open="FROM mingda.dossier d JOIN mingda.fact f USING (agency_id, dossier_id) WHERE d.agency_id = 1 AND d.closed IS NULL"
RECEIVED=$(site_sql "SELECT d.ref $open AND d.opened = '2026-03-25' AND f.kind = 'assigned'")
SEARCHED=$(site_sql "SELECT min(d.ref) $open AND f.kind = 'search-recorded' AND d.opened = '2026-03-20'")
OVERDUE=$(site_sql "SELECT min(d.ref) $open AND f.kind = 'overdue'")
export RECEIVED SEARCHED OVERDUE
node "$(dirname "$0")/corrections.mjs"
