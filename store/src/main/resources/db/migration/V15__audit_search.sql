-- Searches of the audit trail go by the time that pages were written, also over all organizations; and
-- by those that were written late, which a search for what happened before a moment looks at, too.
CREATE INDEX audit_pages_written ON audit_pages (at);
CREATE INDEX audit_pages_late ON audit_pages (at) WHERE at - first_at > 3600000;
