-- The rows that wait for a number: none, because they are numbered as they are stored.
CREATE VIEW unnumbered AS SELECT received_at FROM alert WHERE FALSE;
