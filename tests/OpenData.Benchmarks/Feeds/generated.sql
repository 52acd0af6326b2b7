-- A database of @COUNT@ releases with an archive each, as years of 44 datasets would leave it. Placeholders differ by database, see feeds.sh.
INSERT INTO releases (dataset, edition, revision, date, state, published_at, documents, entries, bytes, uncompressed, archives, delivery_digest, manifest)
SELECT code, edition, 1, day, 'published', at, 2000, 6000, 400000000, 1200000000, 1, @SHA@, @TEXT@ FROM generated;
INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
SELECT code, edition, 1, code || '_' || edition || '_r1_001.zip', 400000000, @SHA@, 'application/zip', TRUE FROM generated;
INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
SELECT code, edition, 1, code || '_' || edition || '_r1_001.entries.jsonl.gz', 300000, @SHA@, 'application/gzip', FALSE FROM generated;
INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
SELECT code, edition, 1, 'release.json', 9000, @SHA@, 'application/json', FALSE FROM generated;
INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
SELECT code, edition, 1, 'SHA256SUMS', 400, @SHA@, 'text/plain; charset=utf-8', FALSE FROM generated;
INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
SELECT code, edition, 1, 'SHA256SUMS.sig', 71, @SHA@, 'application/octet-stream', FALSE FROM generated;
INSERT INTO release_archives (dataset, edition, revision, name, manifest, blocks)
SELECT code, edition, 1, code || '_' || edition || '_r1_001.zip', @TEXT@, @SHA@ FROM generated;
INSERT INTO editions (dataset, edition, state, findings, updated_at) SELECT code, edition, 'published', '[]', at FROM generated;
INSERT INTO changes (serial, type, dataset, edition, revision, at) SELECT n + 1, 'published', code, edition, 1, at FROM generated;
UPDATE feed_head SET serial = @COUNT@ WHERE id = 1;
INSERT INTO dataset_heads (dataset, editions, edition, revision) SELECT code, COUNT(*), MAX(edition), 1 FROM generated GROUP BY code;
