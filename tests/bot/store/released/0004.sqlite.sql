CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE marks (
	name TEXT NOT NULL, 
	value BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_marks PRIMARY KEY (name)
);
CREATE TABLE sources (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	address TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	baseline_at DATETIME, 
	polled_at DATETIME, 
	problem TEXT, title TEXT DEFAULT '' NOT NULL, site TEXT, tags JSON DEFAULT '[]' NOT NULL, host TEXT DEFAULT '' NOT NULL, state TEXT DEFAULT 'active' NOT NULL, due_at DATETIME, interval FLOAT, succeeded_at DATETIME, news_at DATETIME, failures INTEGER DEFAULT '0' NOT NULL, failing_since DATETIME, told_dead BOOLEAN DEFAULT 0 NOT NULL, names JSON DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (id), 
	CONSTRAINT uq_sources_kind_address UNIQUE (kind, address)
);
CREATE TABLE stories (
	id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_stories PRIMARY KEY (id)
);
CREATE TABLE topics (
	id INTEGER NOT NULL, 
	"query" TEXT NOT NULL, 
	active BOOLEAN DEFAULT 0 NOT NULL, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_topics PRIMARY KEY (id), 
	CONSTRAINT uq_topics_query UNIQUE ("query")
);
CREATE TABLE cursors (
	source_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_cursors PRIMARY KEY (source_id, name), 
	CONSTRAINT fk_cursors_source_id FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE
);
CREATE TABLE items (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	found_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	title TEXT NOT NULL, 
	url TEXT, 
	source TEXT NOT NULL, 
	published DATETIME, 
	lead TEXT NOT NULL, 
	text TEXT NOT NULL, 
	language TEXT, 
	author TEXT, 
	tags JSON NOT NULL, 
	CONSTRAINT pk_items PRIMARY KEY (id), 
	CONSTRAINT fk_items_source_id FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE, 
	CONSTRAINT fk_items_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE, 
	CONSTRAINT uq_items_source_id_key UNIQUE (source_id, "key")
);
CREATE TABLE aliases (
	chat_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT pk_aliases PRIMARY KEY (chat_id, name), 
	CONSTRAINT fk_aliases_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE
);
CREATE TABLE subscriptions (
	id INTEGER NOT NULL, 
	chat_id INTEGER NOT NULL, 
	topic_id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	label TEXT NOT NULL, 
	muted_until DATETIME, spikes BOOLEAN DEFAULT 0 NOT NULL, mode TEXT, quiet TEXT, at_least SMALLINT, most_a_day SMALLINT, breaking BOOLEAN DEFAULT 0 NOT NULL, told INTEGER DEFAULT '0' NOT NULL, told_on TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (id), 
	CONSTRAINT fk_subscriptions_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_subscriptions_topic_id FOREIGN KEY(topic_id) REFERENCES topics (id) ON DELETE CASCADE, 
	CONSTRAINT uq_subscriptions_chat_id_topic_id UNIQUE (chat_id, topic_id)
);
CREATE TABLE fanouts (
	id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	chat_id INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_fanouts PRIMARY KEY (id), 
	CONSTRAINT fk_fanouts_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE
);
CREATE TABLE matches (
	item_id INTEGER NOT NULL, 
	topic_id INTEGER NOT NULL, 
	spans JSON NOT NULL, 
	CONSTRAINT pk_matches PRIMARY KEY (item_id, topic_id), 
	CONSTRAINT fk_matches_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE, 
	CONSTRAINT fk_matches_topic_id FOREIGN KEY(topic_id) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE shown (
	chat_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	CONSTRAINT pk_shown PRIMARY KEY (chat_id, number), 
	CONSTRAINT fk_shown_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_shown_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE, 
	CONSTRAINT uq_shown_chat_id_item_id UNIQUE (chat_id, item_id)
);
CREATE TABLE alert_topics (
	alert_id INTEGER NOT NULL, 
	topic_id INTEGER NOT NULL, 
	CONSTRAINT pk_alert_topics PRIMARY KEY (alert_id, topic_id), 
	CONSTRAINT fk_alert_topics_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_alert_topics_topic_id FOREIGN KEY(topic_id) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE item_terms USING fts5(terms, tokenize = 'ascii', detail = 'none', prefix = '4');
CREATE TABLE "chats" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	platform TEXT NOT NULL, 
	account TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	thread TEXT DEFAULT ('') NOT NULL, 
	created_at DATETIME NOT NULL, 
	suspended_at DATETIME, 
	suspended_because TEXT, 
	last_number INTEGER DEFAULT '0' NOT NULL, 
	due_at DATETIME, 
	language TEXT DEFAULT '' NOT NULL, 
	open BOOLEAN DEFAULT 0 NOT NULL, 
	mode TEXT DEFAULT 'instant' NOT NULL, 
	quiet TEXT DEFAULT 'off' NOT NULL, 
	zone TEXT DEFAULT '' NOT NULL, 
	always BOOLEAN DEFAULT 0 NOT NULL, 
	digest_at DATETIME, 
	follow_ups TEXT DEFAULT 'reply' NOT NULL, 
	paused_at DATETIME, 
	paused_until DATETIME, 
	CONSTRAINT uq_chats_platform_account_chat_thread UNIQUE (platform, account, chat, thread)
);
CREATE TABLE "alerts" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	chat_id INTEGER NOT NULL, 
	story_id INTEGER, 
	item_id INTEGER, 
	state TEXT DEFAULT 'queued' NOT NULL, 
	created_at DATETIME NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	ended_at DATETIME, 
	message_id TEXT, 
	reason TEXT, 
	priority SMALLINT DEFAULT '1' NOT NULL, 
	held_until DATETIME, 
	briefing_id INTEGER, 
	muted BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT fk_alerts_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE, 
	CONSTRAINT fk_alerts_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_alerts_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE, 
	CONSTRAINT uq_alerts_chat_id_story_id UNIQUE (chat_id, story_id), 
	CONSTRAINT fk_alerts_briefing_id FOREIGN KEY(briefing_id) REFERENCES alerts (id) ON DELETE SET NULL
);
CREATE TABLE follow_ups (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	chat_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	item_id INTEGER, 
	kind TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	silent BOOLEAN DEFAULT 0 NOT NULL, 
	revision INTEGER DEFAULT '0' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	ended_at DATETIME, 
	message_id TEXT, 
	reason TEXT, 
	CONSTRAINT fk_follow_ups_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_follow_ups_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE, 
	CONSTRAINT fk_follow_ups_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE
);
CREATE TABLE retellings (
	story_id INTEGER NOT NULL, 
	chat_id INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_retellings PRIMARY KEY (story_id), 
	CONSTRAINT fk_retellings_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE
);
CREATE TABLE briefings (
	alert_id INTEGER NOT NULL, 
	part SMALLINT NOT NULL, 
	parts SMALLINT NOT NULL, 
	total INTEGER NOT NULL, 
	CONSTRAINT pk_briefings PRIMARY KEY (alert_id), 
	CONSTRAINT fk_briefings_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
);
CREATE TABLE spikes (
	chat_id INTEGER NOT NULL, 
	topic_id INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	alert_id INTEGER NOT NULL, 
	today INTEGER NOT NULL, 
	usual FLOAT NOT NULL, 
	CONSTRAINT pk_spikes PRIMARY KEY (chat_id, topic_id, day), 
	CONSTRAINT fk_spikes_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_spikes_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_spikes_topic_id FOREIGN KEY(topic_id) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE hosts (
	name TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT pk_hosts PRIMARY KEY (name)
);
CREATE TABLE pushes (
	source_id INTEGER NOT NULL, 
	hub TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	token TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	state TEXT NOT NULL, 
	lease_until DATETIME, 
	due_at DATETIME NOT NULL, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	problem TEXT, 
	CONSTRAINT pk_pushes PRIMARY KEY (source_id), 
	CONSTRAINT fk_pushes_source_id FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE, 
	CONSTRAINT uq_pushes_token UNIQUE (token)
);
CREATE TABLE forgotten (
	source_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	forgotten_at DATETIME NOT NULL, 
	CONSTRAINT pk_forgotten PRIMARY KEY (source_id, "key"), 
	CONSTRAINT fk_forgotten_source_id FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE TABLE leases (
	name TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	until DATETIME NOT NULL, 
	held_until DATETIME, 
	CONSTRAINT pk_leases PRIMARY KEY (name)
);
CREATE TABLE updates (
	platform TEXT NOT NULL, 
	account TEXT NOT NULL, 
	update_id TEXT NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_updates PRIMARY KEY (platform, account, update_id)
);
CREATE TABLE installations (
	platform TEXT NOT NULL, 
	account TEXT NOT NULL, 
	name TEXT NOT NULL, 
	sealed TEXT, 
	installed_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	ended_at DATETIME, 
	CONSTRAINT pk_installations PRIMARY KEY (platform, account)
);
CREATE TABLE kept (
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	kept_at DATETIME NOT NULL, 
	CONSTRAINT pk_kept PRIMARY KEY ("key")
);
CREATE TABLE pages (
	address TEXT NOT NULL, 
	page JSON NOT NULL, 
	read_at DATETIME NOT NULL, 
	CONSTRAINT pk_pages PRIMARY KEY (address)
);
CREATE TABLE written (
	"key" TEXT NOT NULL, 
	sentences JSON NOT NULL, 
	written_at DATETIME NOT NULL, 
	CONSTRAINT pk_written PRIMARY KEY ("key")
);
CREATE TABLE spending (
	day TEXT NOT NULL, 
	chat_id INTEGER NOT NULL, 
	requests INTEGER DEFAULT '0' NOT NULL, 
	tokens BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_spending PRIMARY KEY (day, chat_id)
);
CREATE TABLE announcements (
	id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	audience TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	nonce TEXT, 
	created_at DATETIME NOT NULL, 
	chat_id INTEGER DEFAULT '0' NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_announcements PRIMARY KEY (id), 
	CONSTRAINT uq_announcements_nonce UNIQUE (nonce)
);
CREATE TABLE announced (
	alert_id INTEGER NOT NULL, 
	announcement_id INTEGER NOT NULL, 
	CONSTRAINT pk_announced PRIMARY KEY (alert_id), 
	CONSTRAINT fk_announced_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_announced_announcement_id FOREIGN KEY(announcement_id) REFERENCES announcements (id) ON DELETE CASCADE
);
CREATE TABLE thin_items (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	item JSON NOT NULL, 
	host TEXT NOT NULL, 
	queued_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_thin_items PRIMARY KEY (id), 
	CONSTRAINT fk_thin_items_source_id FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE, 
	CONSTRAINT uq_thin_items_source_id_key UNIQUE (source_id, "key")
);
CREATE INDEX ix_topics_revision ON topics (revision);
CREATE INDEX ix_items_found_at ON items (found_at);
CREATE INDEX ix_items_story_id ON items (story_id);
CREATE INDEX ix_subscriptions_topic_id_chat_id ON subscriptions (topic_id, chat_id);
CREATE INDEX ix_matches_topic_id_item_id ON matches (topic_id, item_id);
CREATE INDEX ix_shown_item_id ON shown (item_id);
CREATE INDEX ix_alert_topics_topic_id ON alert_topics (topic_id);
CREATE INDEX ix_chats_due ON chats (platform, account, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX ix_chats_digest_at ON chats (digest_at) WHERE digest_at IS NOT NULL;
CREATE INDEX ix_sources_due_at ON sources (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_subscriptions_choosy ON subscriptions (topic_id, chat_id) WHERE at_least IS NOT NULL OR breaking = 1;
CREATE INDEX ix_subscriptions_quiet ON subscriptions (chat_id) WHERE quiet IS NOT NULL;
CREATE INDEX ix_alerts_item_id ON alerts (item_id);
CREATE INDEX ix_alerts_story_id_chat_id ON alerts (story_id, chat_id);
CREATE INDEX ix_alerts_waiting ON alerts (created_at) WHERE ended_at IS NULL AND held_until IS NULL;
CREATE INDEX ix_alerts_queue ON alerts (chat_id, priority, id) WHERE ended_at IS NULL AND held_until IS NULL;
CREATE INDEX ix_alerts_held ON alerts (held_until, chat_id) WHERE ended_at IS NULL AND held_until IS NOT NULL AND briefing_id IS NULL;
CREATE INDEX ix_alerts_held_in_chat ON alerts (chat_id) WHERE ended_at IS NULL AND held_until IS NOT NULL AND briefing_id IS NULL;
CREATE INDEX ix_alerts_briefing_id ON alerts (briefing_id) WHERE briefing_id IS NOT NULL;
CREATE INDEX ix_alerts_reasons ON alerts (state, id) WHERE reason IS NOT NULL;
CREATE INDEX ix_follow_ups_story_id ON follow_ups (story_id);
CREATE INDEX ix_follow_ups_item_id ON follow_ups (item_id);
CREATE UNIQUE INDEX uq_follow_ups_edit ON follow_ups (chat_id, story_id) WHERE kind = 'edit' AND ended_at IS NULL;
CREATE UNIQUE INDEX uq_follow_ups_reply ON follow_ups (chat_id, item_id) WHERE kind = 'reply';
CREATE INDEX ix_follow_ups_due_at ON follow_ups (due_at) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX ix_spikes_alert_id ON spikes (alert_id);
CREATE INDEX ix_pushes_due_at ON pushes (due_at);
CREATE INDEX ix_forgotten_forgotten_at ON forgotten (forgotten_at);
CREATE INDEX ix_updates_seen_at ON updates (seen_at);
CREATE INDEX ix_kept_kept_at ON kept (kept_at);
CREATE INDEX ix_pages_read_at ON pages (read_at);
CREATE INDEX ix_written_written_at ON written (written_at);
CREATE INDEX ix_announcements_open ON announcements (id) WHERE ended_at IS NULL;
CREATE INDEX ix_announced_announcement_id ON announced (announcement_id);
CREATE INDEX ix_thin_items_due_at ON thin_items (due_at);
CREATE INDEX ix_thin_items_queued_at ON thin_items (queued_at);
INSERT INTO alembic_version (version_num) VALUES ('0004');
INSERT INTO marks (name, value) VALUES ('own', 7);
INSERT INTO marks (name, value) VALUES ('stories', 0);
INSERT INTO marks (name, value) VALUES ('topics', 3);
INSERT INTO sources (id, kind, address, created_at, baseline_at, polled_at, problem, title, site, tags, host, state, due_at, interval, succeeded_at, news_at, failures, failing_since, told_dead, names) VALUES (1, 'folder', '/seeds', '2026-06-01 12:00:00.000000', '2026-06-01 12:00:00.000000', '2026-06-03 12:00:00.000000', NULL, '', NULL, '[]', '', 'active', NULL, NULL, NULL, NULL, 0, NULL, 0, '[]');
INSERT INTO sources (id, kind, address, created_at, baseline_at, polled_at, problem, title, site, tags, host, state, due_at, interval, succeeded_at, news_at, failures, failing_since, told_dead, names) VALUES (2, 'folder', '/elsewhere', '2026-06-01 12:00:00.000000', NULL, '2026-06-02 12:00:00.000000', 'it is not there', '', NULL, '[]', '', 'active', NULL, NULL, NULL, NULL, 0, NULL, 0, '[]');
INSERT INTO sources (id, kind, address, created_at, baseline_at, polled_at, problem, title, site, tags, host, state, due_at, interval, succeeded_at, news_at, failures, failing_since, told_dead, names) VALUES (3, 'feed', 'https://news.test/rss', '2026-06-02 12:00:00.000000', '2026-06-02 12:00:00.000000', NULL, NULL, 'Nö News', 'https://news.test/', '["World"]', 'news.test', 'active', '2026-06-04 12:00:00.000000', 900.5, '2026-06-03 12:00:00.000000', NULL, 0, NULL, 0, '["Nö News", "https://news.test/rss"]');
INSERT INTO stories (id, created_at) VALUES (1, '2026-06-01 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (2, '2026-06-02 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (3, '2026-06-03 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (9, '2026-06-03 12:00:00.000000');
INSERT INTO topics (id, query, active, revision) VALUES (1, 'sanctions', 1, 1);
INSERT INTO topics (id, query, active, revision) VALUES (2, '"north korea"', 1, 2);
INSERT INTO topics (id, query, active, revision) VALUES (3, 'oil', 0, 3);
INSERT INTO cursors (source_id, name, value) VALUES (1, '/a.txt', '[1,2,3,"d1","doc-d1"]');
INSERT INTO cursors (source_id, name, value) VALUES (1, '/b ö.txt', '[1,2,3,"d2","doc-d2"]');
INSERT INTO cursors (source_id, name, value) VALUES (1, '=d1', '["doc-d1","a.txt"]');
INSERT INTO cursors (source_id, name, value) VALUES (3, 'etag', '"abc"');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (1, 1, 1, 'doc-d1', 'd1', '2026-06-01 12:00:00.000000', '2026-06-01 12:00:00.000000', 'Sanctions on North Korea', NULL, 'seeds/1.txt', '2026-06-01 09:00:00.000000', 'A lead', 'New sanctions were agreed.', 'en', NULL, '["World"]');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (2, 1, 2, 'doc-d2', 'd2', '2026-06-02 12:00:00.000000', '2026-06-02 12:00:00.000000', 'Ölpreis steigt', NULL, 'seeds/2.txt', '2026-06-02 09:00:00.000000', 'A lead', 'Text with '' and \ and ü 北韓.', 'en', NULL, '[]');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (3, 1, 3, 'doc-d3', 'd3', '2026-06-03 12:00:00.000000', '2026-06-03 12:00:00.000000', 'A pact', NULL, 'seeds/3.txt', NULL, 'A lead', 'Sanctions again.', NULL, NULL, '[]');
INSERT INTO aliases (chat_id, name, meaning) VALUES (1, 'dprk', '"north korea"');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until, spikes, mode, quiet, at_least, most_a_day, breaking, told, told_on) VALUES (1, 1, 1, '2026-06-01 12:00:00.000000', 'me', 'sanctions', NULL, 0, NULL, NULL, NULL, NULL, 0, 0, '');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until, spikes, mode, quiet, at_least, most_a_day, breaking, told, told_on) VALUES (2, 1, 2, '2026-06-01 12:00:00.000000', 'me', 'dprk', '2026-06-09 12:00:00.000000', 0, NULL, NULL, NULL, NULL, 0, 0, '');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until, spikes, mode, quiet, at_least, most_a_day, breaking, told, told_on) VALUES (3, 2, 1, '2026-06-01 12:00:00.000000', '7', 'Sanctions!', NULL, 0, NULL, NULL, NULL, NULL, 0, 0, '');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until, spikes, mode, quiet, at_least, most_a_day, breaking, told, told_on) VALUES (4, 4, 1, '2026-06-01 12:00:00.000000', '', 'sanctions', NULL, 0, NULL, NULL, NULL, NULL, 0, 0, '');
INSERT INTO fanouts (id, item_id, chat_id) VALUES (5, 3, 2);
INSERT INTO matches (item_id, topic_id, spans) VALUES (1, 1, '[["title", 0, 9]]');
INSERT INTO matches (item_id, topic_id, spans) VALUES (1, 2, '[["title", 13, 24]]');
INSERT INTO matches (item_id, topic_id, spans) VALUES (3, 1, '[["text", 0, 9]]');
INSERT INTO shown (chat_id, number, item_id) VALUES (1, 1, 1);
INSERT INTO shown (chat_id, number, item_id) VALUES (1, 2, 2);
INSERT INTO shown (chat_id, number, item_id) VALUES (1, 3, 3);
INSERT INTO shown (chat_id, number, item_id) VALUES (2, 1, 1);
INSERT INTO shown (chat_id, number, item_id) VALUES (2, 2, 3);
INSERT INTO shown (chat_id, number, item_id) VALUES (4, 1, 1);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (1, 1);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (1, 2);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (2, 1);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (3, 1);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (4, 1);
INSERT INTO alert_topics (alert_id, topic_id) VALUES (6, 1);
INSERT INTO item_terms (rowid, terms) VALUES (1, 'wnew wsanctions ssanction');
INSERT INTO item_terms (rowid, terms) VALUES (2, 'wölpreis');
INSERT INTO item_terms (rowid, terms) VALUES (3, 'wpact wsanctions');
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, due_at, language, open, mode, quiet, zone, always, digest_at, follow_ups, paused_at, paused_until) VALUES (1, 'console', 'local', 'you', '', '2026-06-01 12:00:00.000000', NULL, NULL, 3, '2026-06-03 12:00:00.000000', '', 0, 'instant', 'off', '', 0, NULL, 'reply', NULL, NULL);
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, due_at, language, open, mode, quiet, zone, always, digest_at, follow_ups, paused_at, paused_until) VALUES (2, 'fake', 'bot', '-100', '4', '2026-06-01 12:00:00.000000', NULL, NULL, 2, '2026-06-03 18:00:00.000000', '', 0, 'instant', 'off', '', 0, NULL, 'reply', NULL, NULL);
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, due_at, language, open, mode, quiet, zone, always, digest_at, follow_ups, paused_at, paused_until) VALUES (4, 'fake', 'bot', 'gone', '', '2026-06-01 12:00:00.000000', '2026-06-02 12:00:00.000000', 'it blocked the bot', 1, NULL, '', 0, 'instant', 'off', '', 0, NULL, 'reply', NULL, NULL);
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, due_at, language, open, mode, quiet, zone, always, digest_at, follow_ups, paused_at, paused_until) VALUES (5, 'fake', 'bot', 'quiet', '', '2026-06-02 12:00:00.000000', NULL, NULL, 0, NULL, '', 0, 'instant', 'off', '', 0, NULL, 'reply', NULL, NULL);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (1, 1, 1, 1, 'sent', '2026-06-01 12:00:00.000000', 1, '2026-06-01 13:00:00.000000', 'm1', NULL, 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (2, 2, 1, 1, 'failed', '2026-06-01 12:00:00.000000', 2, '2026-06-01 13:00:00.000000', NULL, 'refused', 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (3, 1, 3, 3, 'queued', '2026-06-03 12:00:00.000000', 1, NULL, NULL, NULL, 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (4, 2, 3, 3, 'queued', '2026-06-03 12:00:00.000000', 0, NULL, NULL, NULL, 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (6, 4, 1, 1, 'queued', '2026-06-01 12:00:00.000000', 0, NULL, NULL, NULL, 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (7, 1, NULL, NULL, 'sent', '2026-06-03 12:00:00.000000', 1, '2026-06-03 12:00:00.000000', 'm2', NULL, 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (8, 2, NULL, 3, 'failed', '2026-06-03 12:00:00.000000', 1, '2026-06-03 12:00:00.000000', NULL, 'refused', 1, NULL, NULL, 0);
INSERT INTO alerts (id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id, reason, priority, held_until, briefing_id, muted) VALUES (9, 2, NULL, NULL, 'sent', '2026-06-03 12:00:00.000000', 1, '2026-06-03 12:00:00.000000', 'm3', NULL, 1, NULL, NULL, 0);
INSERT INTO follow_ups (id, chat_id, story_id, item_id, kind, created_at, due_at, silent, revision, attempts, ended_at, message_id, reason) VALUES (2, 1, 1, 1, 'edit', '2026-06-02 12:00:00.000000', '2026-06-03 12:00:00.000000', 1, 2, 1, NULL, NULL, NULL);
INSERT INTO follow_ups (id, chat_id, story_id, item_id, kind, created_at, due_at, silent, revision, attempts, ended_at, message_id, reason) VALUES (3, 2, 1, 1, 'reply', '2026-06-02 12:00:00.000000', '2026-06-02 12:00:00.000000', 0, 0, 0, '2026-06-02 12:00:00.000000', 'm4', NULL);
INSERT INTO retellings (story_id, chat_id) VALUES (1, 2);
INSERT INTO retellings (story_id, chat_id) VALUES (3, 0);
INSERT INTO briefings (alert_id, part, parts, total) VALUES (7, 1, 2, 12);
INSERT INTO spikes (chat_id, topic_id, day, alert_id, today, usual) VALUES (2, 1, '2026-06-03', 8, 30, 4.5);
INSERT INTO hosts (name, owner, until) VALUES ('news.test', 'one@machine', '2026-06-03 12:00:00.000000');
INSERT INTO pushes (source_id, hub, topic, token, secret, state, lease_until, due_at, failures, problem) VALUES (3, 'https://hub.test/', 'https://news.test/rss', 'tok', 'secret', 'active', '2026-06-05 12:00:00.000000', '2026-06-04 12:00:00.000000', 1, 'HTTP 500');
INSERT INTO forgotten (source_id, key, digest, forgotten_at) VALUES (1, 'doc-d0', 'd0', '2026-06-03 12:00:00.000000');
INSERT INTO forgotten (source_id, key, digest, forgotten_at) VALUES (3, 'ö/1', 'd9', '2026-06-02 12:00:00.000000');
INSERT INTO leases (name, owner, token, until, held_until) VALUES ('send fake/bot', 'one@machine', 5, '2026-06-03 12:00:00.000000', NULL);
INSERT INTO updates (platform, account, update_id, seen_at) VALUES ('fake', 'bot', '17', '2026-06-03 12:00:00.000000');
INSERT INTO installations (platform, account, name, sealed, installed_at, expires_at, ended_at) VALUES ('fake', 'bot', 'A team', 'sealed', '2026-06-01 12:00:00.000000', NULL, NULL);
INSERT INTO kept (key, text, kept_at) VALUES ('k1', 'a long text, with ''ü''', '2026-06-03 12:00:00.000000');
INSERT INTO kept (key, text, kept_at) VALUES ('k2', '', '2026-06-02 12:00:00.000000');
INSERT INTO pages (address, page, read_at) VALUES ('https://news.test/1', '{"title": "Pöct"}', '2026-06-03 12:00:00.000000');
INSERT INTO written (key, sentences, written_at) VALUES ('w1', '["One.", "Zwei."]', '2026-06-03 12:00:00.000000');
INSERT INTO spending (day, chat_id, requests, tokens) VALUES ('2026-06-03', 0, 3, 1234);
INSERT INTO spending (day, chat_id, requests, tokens) VALUES ('2026-06-03', 1, 2, 1000);
INSERT INTO announcements (id, text, audience, "by", nonce, created_at, chat_id, ended_at) VALUES (1, 'Back soon: 5 ''minutes''', 'everybody', 'fake/bot/7', 'n1', '2026-06-03 12:00:00.000000', 5, '2026-06-03 12:00:00.000000');
INSERT INTO announced (alert_id, announcement_id) VALUES (9, 1);
INSERT INTO thin_items (id, source_id, key, item, host, queued_at, due_at, tries) VALUES (4, 3, 'n1', '{"title": "Pöct"}', 'news.test', '2026-06-03 12:00:00.000000', '2026-06-04 12:00:00.000000', 1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence (name, seq) VALUES ('alerts', 9);
INSERT INTO sqlite_sequence (name, seq) VALUES ('chats', 5);
INSERT INTO sqlite_sequence (name, seq) VALUES ('follow_ups', 3);
