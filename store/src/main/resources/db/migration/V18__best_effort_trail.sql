COMMENT ON COLUMN audit_pages.stream IS
    '0 checkpoints, 1 messages, 2 sessions and actions, 3 best-effort messages';
