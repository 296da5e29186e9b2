-- The unnumbered rows: none, because rows are numbered as they are stored.
CREATE VIEW unnumbered AS SELECT received_at FROM alert WHERE FALSE;
