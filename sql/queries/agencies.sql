-- Agencies, editions, calendars.

-- query: AGENCY_LIST
-- why:   the start page's choice, and the clock's round
-- takes: nothing
-- gives: many   agency int4, name text, short_name text, unit_code text, edition text, calendar text
-- scans: all agencies are wanted; an installation has some dozens
SELECT agency_id, name, short_name, unit_code, edition, calendar FROM mingda.agency ORDER BY agency_id;

-- query: AGENCY_CURRENT
-- why:   the session's agency with all that letters and pages say about it
-- takes: nothing
-- gives: at-most-one   agency int4, name text, short_name text, unit_code text, doc_mark text, court text, review_body text, review_channel text, address text, postcode text, phone text, office text, web_address text, edition text, calendar text, layout text
SELECT agency_id, name, short_name, unit_code, doc_mark, court, review_body, review_channel, address, postcode, phone,
       office, web_address, edition, calendar, layout
FROM mingda.agency WHERE agency_id = mingda.agency();

-- query: AGENCY_PUT
-- why:   an operator makes or corrects an agency, as owner
-- takes: agency int4, name text, short_name text, unit_code text, doc_mark text, court text, review_body text, review_channel text, address text, postcode text, phone text, office text, web_address text, layout text
-- gives: none
INSERT INTO mingda.agency (agency_id, name, short_name, unit_code, doc_mark, court, review_body, review_channel,
                           address, postcode, phone, office, web_address, layout)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (agency_id) DO UPDATE SET name = excluded.name, short_name = excluded.short_name,
    unit_code = excluded.unit_code, doc_mark = excluded.doc_mark, court = excluded.court,
    review_body = excluded.review_body, review_channel = excluded.review_channel, address = excluded.address,
    postcode = excluded.postcode, phone = excluded.phone, office = excluded.office, web_address = excluded.web_address,
    layout = excluded.layout;

-- query: SEAL_PICTURE_ADD
-- why:   an operator gives the agency the picture of its seal, or a new one, as owner
-- takes: agency int4, png bytea, millimetres int4
-- gives: exactly-one   number int4
INSERT INTO mingda.seal_picture (agency_id, number, png, millimetres)
SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM mingda.seal_picture WHERE agency_id = $1 RETURNING number;

-- query: SEAL_PICTURE
-- why:   the picture in use, or the one that a letter names
-- takes: number int4?
-- gives: at-most-one   number int4, png bytea, millimetres int4
-- scans: an agency has a handful of pictures in its life
SELECT number, png, millimetres::integer FROM mingda.seal_picture
WHERE agency_id = mingda.agency() AND number = coalesce($1,
    (SELECT max(p.number) FROM mingda.seal_picture p WHERE p.agency_id = mingda.agency()));

-- query: EDITION_ADD
-- why:   an edition is activated, as owner; the same name and version is never written again
-- takes: name text, version text, sha256 bytea, bytes bytea, in_force date, known date
-- gives: none
INSERT INTO mingda.edition (name, version, sha256, bytes, in_force, known) VALUES ($1, $2, $3, $4, $5, $6);
