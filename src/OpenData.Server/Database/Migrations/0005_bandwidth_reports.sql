-- What each gateway tells the others about the accounts that download from it (Gateway/Bandwidth/Shares). A row a gateway, rewritten every second; used on PostgreSQL only.

CREATE TABLE bandwidth_reports (
    node   TEXT   NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,  -- by the database's clock
    report BYTEA  NOT NULL   -- 14 bytes an account
);
