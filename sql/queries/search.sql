-- Search: what is asked for, applicants by their whole name, and numbers; by keyed hashes alone.

-- query: POSTING_PUT
-- why:   the words by which a dossier is found, written with its heads
-- takes: dossier int8, words int8[]
-- gives: none
INSERT INTO mingda.posting (agency_id, dossier_id, words) VALUES (mingda.agency(), $1, $2)
ON CONFLICT (agency_id, dossier_id) DO UPDATE SET words = excluded.words;

-- query: POSTING_DIFFERS
-- why:   `mingda rebuild --check`: what is stored against what follows from the texts
-- takes: dossier int8, words int8[]
-- gives: exactly-one   differs bool
SELECT NOT EXISTS (SELECT FROM mingda.posting p
                    WHERE p.agency_id = mingda.agency() AND p.dossier_id = $1 AND p.words = $2);

-- query: SEARCH_PAGE
-- why:   the dossiers that a search finds, newest first, page by page; that their texts were shown is filed with it
-- takes: words int8[], named int8[], before_dossier int8, exchange text
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler_name text?, channel text, closed date?, moved_from date?, moved_to date?, row int4?, nonce bytea?, cipher bytea?, commitment bytea?, wrapped bytea?
WITH found AS MATERIALIZED (SELECT s.dossier_id FROM mingda.search($1, $2, $3, 51) s),
seen AS (INSERT INTO mingda.access (agency_id, dossier_id, by_person, what, exchange)
         SELECT mingda.agency(), f.dossier_id, mingda.person(), '/search', $4
           FROM (SELECT * FROM found ORDER BY dossier_id DESC LIMIT 50) f)
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional,
       CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, p.name, d.channel, d.closed, d.moved_from, d.moved_to,
       r.row, r.nonce, r.cipher, r.commitment, k.wrapped
  FROM found f
  JOIN LATERAL (SELECT * FROM mingda.dossier o
                 WHERE o.agency_id = mingda.agency() AND o.dossier_id = f.dossier_id LIMIT 1) d ON true
  LEFT JOIN mingda.person p ON p.person_id = d.handler
  LEFT JOIN LATERAL (SELECT k.wrapped FROM mingda.dossier_key k
                      WHERE k.agency_id = d.agency_id AND k.dossier_id = d.dossier_id LIMIT 1) k ON true
  LEFT JOIN LATERAL (SELECT t.row, t.nonce, t.cipher, t.commitment FROM mingda.private t
                      WHERE t.agency_id = d.agency_id AND t.dossier_id = d.dossier_id AND t.kind = 'request'
                      ORDER BY t.row LIMIT 1) r ON true
 ORDER BY d.dossier_id DESC;
