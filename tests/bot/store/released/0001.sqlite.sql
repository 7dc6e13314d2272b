CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE chats (
	id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	account TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	thread TEXT DEFAULT '' NOT NULL, 
	created_at DATETIME NOT NULL, 
	suspended_at DATETIME, 
	suspended_because TEXT, 
	last_number INTEGER DEFAULT '0' NOT NULL, 
	held_until DATETIME, 
	CONSTRAINT pk_chats PRIMARY KEY (id), 
	CONSTRAINT uq_chats_platform_account_chat_thread UNIQUE (platform, account, chat, thread)
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
	problem TEXT, 
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
	muted_until DATETIME, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (id), 
	CONSTRAINT fk_subscriptions_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_subscriptions_topic_id FOREIGN KEY(topic_id) REFERENCES topics (id) ON DELETE CASCADE, 
	CONSTRAINT uq_subscriptions_chat_id_topic_id UNIQUE (chat_id, topic_id)
);
CREATE TABLE alerts (
	id INTEGER NOT NULL, 
	chat_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	account TEXT NOT NULL, 
	state TEXT DEFAULT 'queued' NOT NULL, 
	created_at DATETIME NOT NULL, 
	lease_until DATETIME, 
	lease_owner TEXT, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	ended_at DATETIME, 
	message_id TEXT, 
	reason TEXT, 
	CONSTRAINT pk_alerts PRIMARY KEY (id), 
	CONSTRAINT fk_alerts_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE, 
	CONSTRAINT fk_alerts_item_id FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE, 
	CONSTRAINT fk_alerts_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE, 
	CONSTRAINT uq_alerts_chat_id_story_id UNIQUE (chat_id, story_id)
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
CREATE INDEX ix_topics_revision ON topics (revision);
CREATE INDEX ix_items_found_at ON items (found_at);
CREATE INDEX ix_items_story_id ON items (story_id);
CREATE INDEX ix_subscriptions_topic_id_chat_id ON subscriptions (topic_id, chat_id);
CREATE INDEX ix_alerts_item_id ON alerts (item_id);
CREATE INDEX ix_alerts_unsent ON alerts (platform, id) WHERE ended_at IS NULL;
CREATE INDEX ix_matches_topic_id_item_id ON matches (topic_id, item_id);
CREATE INDEX ix_shown_item_id ON shown (item_id);
CREATE INDEX ix_alert_topics_topic_id ON alert_topics (topic_id);
INSERT INTO alembic_version (version_num) VALUES ('0001');
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, held_until) VALUES (1, 'console', 'local', 'you', '', '2026-06-01 12:00:00.000000', NULL, NULL, 3, NULL);
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, held_until) VALUES (2, 'fake', 'bot', '-100', '4', '2026-06-01 12:00:00.000000', NULL, NULL, 2, '2026-06-03 18:00:00.000000');
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, held_until) VALUES (4, 'fake', 'bot', 'gone', '', '2026-06-01 12:00:00.000000', '2026-06-02 12:00:00.000000', 'it blocked the bot', 1, NULL);
INSERT INTO chats (id, platform, account, chat, thread, created_at, suspended_at, suspended_because, last_number, held_until) VALUES (5, 'fake', 'bot', 'quiet', '', '2026-06-02 12:00:00.000000', NULL, NULL, 0, NULL);
INSERT INTO marks (name, value) VALUES ('own', 7);
INSERT INTO marks (name, value) VALUES ('topics', 3);
INSERT INTO sources (id, kind, address, created_at, baseline_at, polled_at, problem) VALUES (1, 'folder', '/seeds', '2026-06-01 12:00:00.000000', '2026-06-01 12:00:00.000000', '2026-06-03 12:00:00.000000', NULL);
INSERT INTO sources (id, kind, address, created_at, baseline_at, polled_at, problem) VALUES (2, 'folder', '/elsewhere', '2026-06-01 12:00:00.000000', NULL, '2026-06-02 12:00:00.000000', 'it is not there');
INSERT INTO stories (id, created_at) VALUES (1, '2026-06-01 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (2, '2026-06-02 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (3, '2026-06-03 12:00:00.000000');
INSERT INTO stories (id, created_at) VALUES (9, '2026-06-03 12:00:00.000000');
INSERT INTO topics (id, query, active, revision) VALUES (1, 'sanctions', 1, 1);
INSERT INTO topics (id, query, active, revision) VALUES (2, '"north korea"', 1, 2);
INSERT INTO topics (id, query, active, revision) VALUES (3, 'oil', 0, 3);
INSERT INTO cursors (source_id, name, value) VALUES (1, '/a.txt', '[1,2,3,"d1","doc-d1"]');
INSERT INTO cursors (source_id, name, value) VALUES (1, '=d1', '["doc-d1","a.txt"]');
INSERT INTO cursors (source_id, name, value) VALUES (1, '/b ö.txt', '[1,2,3,"d2","doc-d2"]');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (1, 1, 1, 'doc-d1', 'd1', '2026-06-01 12:00:00.000000', '2026-06-01 12:00:00.000000', 'Sanctions on North Korea', NULL, 'seeds/1.txt', '2026-06-01 09:00:00.000000', 'A lead', 'New sanctions were agreed.', 'en', NULL, '["World"]');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (2, 1, 2, 'doc-d2', 'd2', '2026-06-02 12:00:00.000000', '2026-06-02 12:00:00.000000', 'Ölpreis steigt', NULL, 'seeds/2.txt', '2026-06-02 09:00:00.000000', 'A lead', 'Text with '' and \ and ü 北韓.', 'en', NULL, '[]');
INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, url, source, published, lead, text, language, author, tags) VALUES (3, 1, 3, 'doc-d3', 'd3', '2026-06-03 12:00:00.000000', '2026-06-03 12:00:00.000000', 'A pact', NULL, 'seeds/3.txt', NULL, 'A lead', 'Sanctions again.', NULL, NULL, '[]');
INSERT INTO aliases (chat_id, name, meaning) VALUES (1, 'dprk', '"north korea"');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until) VALUES (1, 1, 1, '2026-06-01 12:00:00.000000', 'me', 'sanctions', NULL);
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until) VALUES (2, 1, 2, '2026-06-01 12:00:00.000000', 'me', 'dprk', '2026-06-09 12:00:00.000000');
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until) VALUES (3, 2, 1, '2026-06-01 12:00:00.000000', '7', 'Sanctions!', NULL);
INSERT INTO subscriptions (id, chat_id, topic_id, created_at, created_by, label, muted_until) VALUES (4, 4, 1, '2026-06-01 12:00:00.000000', '', 'sanctions', NULL);
INSERT INTO alerts (id, chat_id, story_id, item_id, platform, account, state, created_at, lease_until, lease_owner, attempts, ended_at, message_id, reason) VALUES (1, 1, 1, 1, 'console', 'local', 'sent', '2026-06-01 12:00:00.000000', NULL, NULL, 1, '2026-06-01 13:00:00.000000', 'm1', NULL);
INSERT INTO alerts (id, chat_id, story_id, item_id, platform, account, state, created_at, lease_until, lease_owner, attempts, ended_at, message_id, reason) VALUES (2, 2, 1, 1, 'fake', 'bot', 'failed', '2026-06-01 12:00:00.000000', NULL, NULL, 2, '2026-06-01 13:00:00.000000', NULL, 'refused');
INSERT INTO alerts (id, chat_id, story_id, item_id, platform, account, state, created_at, lease_until, lease_owner, attempts, ended_at, message_id, reason) VALUES (3, 1, 3, 3, 'console', 'local', 'queued', '2026-06-03 12:00:00.000000', '2026-06-03 13:00:00.000000', 'dead-owner', 1, NULL, NULL, NULL);
INSERT INTO alerts (id, chat_id, story_id, item_id, platform, account, state, created_at, lease_until, lease_owner, attempts, ended_at, message_id, reason) VALUES (4, 2, 3, 3, 'fake', 'bot', 'queued', '2026-06-03 12:00:00.000000', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO alerts (id, chat_id, story_id, item_id, platform, account, state, created_at, lease_until, lease_owner, attempts, ended_at, message_id, reason) VALUES (6, 4, 1, 1, 'fake', 'bot', 'queued', '2026-06-01 12:00:00.000000', NULL, NULL, 0, NULL, NULL, NULL);
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
