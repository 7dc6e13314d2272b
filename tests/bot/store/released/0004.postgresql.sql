CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.alert_topics (
    alert_id bigint NOT NULL,
    topic_id bigint NOT NULL
);
CREATE TABLE public.alerts (
    id bigint NOT NULL,
    chat_id bigint NOT NULL,
    story_id bigint,
    item_id bigint,
    state text DEFAULT 'queued'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    message_id text,
    reason text,
    priority smallint DEFAULT '1'::smallint NOT NULL,
    held_until timestamp with time zone,
    briefing_id bigint,
    muted boolean DEFAULT false NOT NULL
);
CREATE SEQUENCE public.alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alerts_id_seq OWNED BY public.alerts.id;
CREATE TABLE public.aliases (
    chat_id bigint NOT NULL,
    name text NOT NULL,
    meaning text NOT NULL
);
CREATE TABLE public.announced (
    alert_id bigint NOT NULL,
    announcement_id bigint NOT NULL
);
CREATE TABLE public.announcements (
    id bigint NOT NULL,
    text text NOT NULL,
    audience text NOT NULL,
    by text NOT NULL,
    nonce text,
    created_at timestamp with time zone NOT NULL,
    chat_id bigint DEFAULT '0'::bigint NOT NULL,
    ended_at timestamp with time zone
);
CREATE SEQUENCE public.announcements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.announcements_id_seq OWNED BY public.announcements.id;
CREATE TABLE public.briefings (
    alert_id bigint NOT NULL,
    part smallint NOT NULL,
    parts smallint NOT NULL,
    total integer NOT NULL
);
CREATE TABLE public.chats (
    id bigint NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    chat text NOT NULL,
    thread text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone,
    suspended_because text,
    last_number integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    language text DEFAULT ''::text NOT NULL,
    open boolean DEFAULT false NOT NULL,
    mode text DEFAULT 'instant'::text NOT NULL,
    quiet text DEFAULT 'off'::text NOT NULL,
    zone text DEFAULT ''::text NOT NULL,
    always boolean DEFAULT false NOT NULL,
    digest_at timestamp with time zone,
    follow_ups text DEFAULT 'reply'::text NOT NULL,
    paused_at timestamp with time zone,
    paused_until timestamp with time zone
);
CREATE SEQUENCE public.chats_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.chats_id_seq OWNED BY public.chats.id;
CREATE TABLE public.cursors (
    source_id bigint NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.fanouts (
    id bigint NOT NULL,
    item_id bigint NOT NULL,
    chat_id bigint DEFAULT '0'::bigint NOT NULL
);
CREATE SEQUENCE public.fanouts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.fanouts_id_seq OWNED BY public.fanouts.id;
CREATE TABLE public.follow_ups (
    id bigint NOT NULL,
    chat_id bigint NOT NULL,
    story_id bigint NOT NULL,
    item_id bigint,
    kind text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    silent boolean DEFAULT false NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    message_id text,
    reason text
);
CREATE SEQUENCE public.follow_ups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.follow_ups_id_seq OWNED BY public.follow_ups.id;
CREATE TABLE public.forgotten (
    source_id bigint NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    forgotten_at timestamp with time zone NOT NULL
);
CREATE TABLE public.hosts (
    name text NOT NULL,
    owner text NOT NULL,
    until timestamp with time zone NOT NULL
);
CREATE TABLE public.installations (
    platform text NOT NULL,
    account text NOT NULL,
    name text NOT NULL,
    sealed text,
    installed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone
);
CREATE TABLE public.item_terms (
    item_id bigint NOT NULL,
    terms tsvector NOT NULL
);
CREATE TABLE public.items (
    id bigint NOT NULL,
    source_id bigint NOT NULL,
    story_id bigint NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    title text NOT NULL,
    url text,
    source text NOT NULL,
    published timestamp with time zone,
    lead text NOT NULL,
    text text NOT NULL,
    language text,
    author text,
    tags json NOT NULL
);
CREATE SEQUENCE public.items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.items_id_seq OWNED BY public.items.id;
CREATE TABLE public.kept (
    key text NOT NULL,
    text text NOT NULL,
    kept_at timestamp with time zone NOT NULL
);
CREATE TABLE public.leases (
    name text NOT NULL,
    owner text NOT NULL,
    token bigint NOT NULL,
    until timestamp with time zone NOT NULL,
    held_until timestamp with time zone
);
CREATE TABLE public.marks (
    name text NOT NULL,
    value bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.matches (
    item_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    spans json NOT NULL
);
CREATE TABLE public.pages (
    address text NOT NULL,
    page json NOT NULL,
    read_at timestamp with time zone NOT NULL
);
CREATE TABLE public.pushes (
    source_id bigint NOT NULL,
    hub text NOT NULL,
    topic text NOT NULL,
    token text NOT NULL,
    secret text NOT NULL,
    state text NOT NULL,
    lease_until timestamp with time zone,
    due_at timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    problem text
);
CREATE TABLE public.retellings (
    story_id bigint NOT NULL,
    chat_id bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.shown (
    chat_id bigint NOT NULL,
    number integer NOT NULL,
    item_id bigint NOT NULL
);
CREATE TABLE public.sources (
    id bigint NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    baseline_at timestamp with time zone,
    polled_at timestamp with time zone,
    problem text,
    title text DEFAULT ''::text NOT NULL,
    site text,
    tags json DEFAULT '[]'::json NOT NULL,
    host text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    due_at timestamp with time zone,
    "interval" double precision,
    succeeded_at timestamp with time zone,
    news_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    told_dead boolean DEFAULT false NOT NULL,
    names json DEFAULT '[]'::json NOT NULL
);
CREATE SEQUENCE public.sources_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sources_id_seq OWNED BY public.sources.id;
CREATE TABLE public.spending (
    day text NOT NULL,
    chat_id bigint NOT NULL,
    requests integer DEFAULT 0 NOT NULL,
    tokens bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.spikes (
    chat_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    day text NOT NULL,
    alert_id bigint NOT NULL,
    today integer NOT NULL,
    usual double precision NOT NULL
);
CREATE TABLE public.stories (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.stories_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.stories_id_seq OWNED BY public.stories.id;
CREATE TABLE public.subscriptions (
    id bigint NOT NULL,
    chat_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text DEFAULT ''::text NOT NULL,
    label text NOT NULL,
    muted_until timestamp with time zone,
    spikes boolean DEFAULT false NOT NULL,
    mode text,
    quiet text,
    at_least smallint,
    most_a_day smallint,
    breaking boolean DEFAULT false NOT NULL,
    told integer DEFAULT 0 NOT NULL,
    told_on text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.subscriptions_id_seq OWNED BY public.subscriptions.id;
CREATE TABLE public.thin_items (
    id bigint NOT NULL,
    source_id bigint NOT NULL,
    key text NOT NULL,
    item json NOT NULL,
    host text NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.thin_items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.thin_items_id_seq OWNED BY public.thin_items.id;
CREATE TABLE public.topics (
    id bigint NOT NULL,
    query text NOT NULL,
    active boolean DEFAULT false NOT NULL,
    revision bigint NOT NULL
);
CREATE SEQUENCE public.topics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.topics_id_seq OWNED BY public.topics.id;
CREATE TABLE public.updates (
    platform text NOT NULL,
    account text NOT NULL,
    update_id text NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE public.written (
    key text NOT NULL,
    sentences json NOT NULL,
    written_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.alerts ALTER COLUMN id SET DEFAULT nextval('public.alerts_id_seq'::regclass);
ALTER TABLE ONLY public.announcements ALTER COLUMN id SET DEFAULT nextval('public.announcements_id_seq'::regclass);
ALTER TABLE ONLY public.chats ALTER COLUMN id SET DEFAULT nextval('public.chats_id_seq'::regclass);
ALTER TABLE ONLY public.fanouts ALTER COLUMN id SET DEFAULT nextval('public.fanouts_id_seq'::regclass);
ALTER TABLE ONLY public.follow_ups ALTER COLUMN id SET DEFAULT nextval('public.follow_ups_id_seq'::regclass);
ALTER TABLE ONLY public.items ALTER COLUMN id SET DEFAULT nextval('public.items_id_seq'::regclass);
ALTER TABLE ONLY public.sources ALTER COLUMN id SET DEFAULT nextval('public.sources_id_seq'::regclass);
ALTER TABLE ONLY public.stories ALTER COLUMN id SET DEFAULT nextval('public.stories_id_seq'::regclass);
ALTER TABLE ONLY public.subscriptions ALTER COLUMN id SET DEFAULT nextval('public.subscriptions_id_seq'::regclass);
ALTER TABLE ONLY public.thin_items ALTER COLUMN id SET DEFAULT nextval('public.thin_items_id_seq'::regclass);
ALTER TABLE ONLY public.topics ALTER COLUMN id SET DEFAULT nextval('public.topics_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0004');
INSERT INTO public.alert_topics VALUES (1, 1);
INSERT INTO public.alert_topics VALUES (1, 2);
INSERT INTO public.alert_topics VALUES (2, 1);
INSERT INTO public.alert_topics VALUES (3, 1);
INSERT INTO public.alert_topics VALUES (4, 1);
INSERT INTO public.alert_topics VALUES (6, 1);
INSERT INTO public.alerts VALUES (1, 1, 1, 1, 'sent', '2026-06-01 12:00:00+00', 1, '2026-06-01 13:00:00+00', 'm1', NULL, 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (2, 2, 1, 1, 'failed', '2026-06-01 12:00:00+00', 2, '2026-06-01 13:00:00+00', NULL, 'refused', 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (3, 1, 3, 3, 'queued', '2026-06-03 12:00:00+00', 1, NULL, NULL, NULL, 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (4, 2, 3, 3, 'queued', '2026-06-03 12:00:00+00', 0, NULL, NULL, NULL, 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (6, 4, 1, 1, 'queued', '2026-06-01 12:00:00+00', 0, NULL, NULL, NULL, 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (7, 1, NULL, NULL, 'sent', '2026-06-03 12:00:00+00', 1, '2026-06-03 12:00:00+00', 'm2', NULL, 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (8, 2, NULL, 3, 'failed', '2026-06-03 12:00:00+00', 1, '2026-06-03 12:00:00+00', NULL, 'refused', 1, NULL, NULL, false);
INSERT INTO public.alerts VALUES (9, 2, NULL, NULL, 'sent', '2026-06-03 12:00:00+00', 1, '2026-06-03 12:00:00+00', 'm3', NULL, 1, NULL, NULL, false);
INSERT INTO public.aliases VALUES (1, 'dprk', '"north korea"');
INSERT INTO public.announced VALUES (9, 1);
INSERT INTO public.announcements VALUES (1, 'Back soon: 5 ''minutes''', 'everybody', 'fake/bot/7', 'n1', '2026-06-03 12:00:00+00', 5, '2026-06-03 12:00:00+00');
INSERT INTO public.briefings VALUES (7, 1, 2, 12);
INSERT INTO public.chats VALUES (4, 'fake', 'bot', 'gone', '', '2026-06-01 12:00:00+00', '2026-06-02 12:00:00+00', 'it blocked the bot', 1, NULL, '', false, 'instant', 'off', '', false, NULL, 'reply', NULL, NULL);
INSERT INTO public.chats VALUES (1, 'console', 'local', 'you', '', '2026-06-01 12:00:00+00', NULL, NULL, 3, '2026-06-03 12:00:00+00', '', false, 'instant', 'off', '', false, NULL, 'reply', NULL, NULL);
INSERT INTO public.chats VALUES (2, 'fake', 'bot', '-100', '4', '2026-06-01 12:00:00+00', NULL, NULL, 2, '2026-06-03 18:00:00+00', '', false, 'instant', 'off', '', false, NULL, 'reply', NULL, NULL);
INSERT INTO public.chats VALUES (5, 'fake', 'bot', 'quiet', '', '2026-06-02 12:00:00+00', NULL, NULL, 0, NULL, '', false, 'instant', 'off', '', false, NULL, 'reply', NULL, NULL);
INSERT INTO public.cursors VALUES (1, '/a.txt', '[1,2,3,"d1","doc-d1"]');
INSERT INTO public.cursors VALUES (1, '=d1', '["doc-d1","a.txt"]');
INSERT INTO public.cursors VALUES (1, '/b ö.txt', '[1,2,3,"d2","doc-d2"]');
INSERT INTO public.cursors VALUES (3, 'etag', '"abc"');
INSERT INTO public.fanouts VALUES (5, 3, 2);
INSERT INTO public.follow_ups VALUES (2, 1, 1, 1, 'edit', '2026-06-02 12:00:00+00', '2026-06-03 12:00:00+00', true, 2, 1, NULL, NULL, NULL);
INSERT INTO public.follow_ups VALUES (3, 2, 1, 1, 'reply', '2026-06-02 12:00:00+00', '2026-06-02 12:00:00+00', false, 0, 0, '2026-06-02 12:00:00+00', 'm4', NULL);
INSERT INTO public.forgotten VALUES (1, 'doc-d0', 'd0', '2026-06-03 12:00:00+00');
INSERT INTO public.forgotten VALUES (3, 'ö/1', 'd9', '2026-06-02 12:00:00+00');
INSERT INTO public.hosts VALUES ('news.test', 'one@machine', '2026-06-03 12:00:00+00');
INSERT INTO public.installations VALUES ('fake', 'bot', 'A team', 'sealed', '2026-06-01 12:00:00+00', NULL, NULL);
INSERT INTO public.item_terms VALUES (1, '''ssanction'' ''wnew'' ''wsanctions''');
INSERT INTO public.item_terms VALUES (2, '''wölpreis''');
INSERT INTO public.item_terms VALUES (3, '''wpact'' ''wsanctions''');
INSERT INTO public.items VALUES (1, 1, 1, 'doc-d1', 'd1', '2026-06-01 12:00:00+00', '2026-06-01 12:00:00+00', 'Sanctions on North Korea', NULL, 'seeds/1.txt', '2026-06-01 09:00:00+00', 'A lead', 'New sanctions were agreed.', 'en', NULL, '["World"]');
INSERT INTO public.items VALUES (2, 1, 2, 'doc-d2', 'd2', '2026-06-02 12:00:00+00', '2026-06-02 12:00:00+00', 'Ölpreis steigt', NULL, 'seeds/2.txt', '2026-06-02 09:00:00+00', 'A lead', 'Text with '' and \ and ü 北韓.', 'en', NULL, '[]');
INSERT INTO public.items VALUES (3, 1, 3, 'doc-d3', 'd3', '2026-06-03 12:00:00+00', '2026-06-03 12:00:00+00', 'A pact', NULL, 'seeds/3.txt', NULL, 'A lead', 'Sanctions again.', NULL, NULL, '[]');
INSERT INTO public.kept VALUES ('k1', 'a long text, with ''ü''', '2026-06-03 12:00:00+00');
INSERT INTO public.kept VALUES ('k2', '', '2026-06-02 12:00:00+00');
INSERT INTO public.leases VALUES ('send fake/bot', 'one@machine', 5, '2026-06-03 12:00:00+00', NULL);
INSERT INTO public.marks VALUES ('topics', 3);
INSERT INTO public.marks VALUES ('own', 7);
INSERT INTO public.marks VALUES ('stories', 0);
INSERT INTO public.matches VALUES (1, 1, '[["title", 0, 9]]');
INSERT INTO public.matches VALUES (1, 2, '[["title", 13, 24]]');
INSERT INTO public.matches VALUES (3, 1, '[["text", 0, 9]]');
INSERT INTO public.pages VALUES ('https://news.test/1', '{"title": "Pöct"}', '2026-06-03 12:00:00+00');
INSERT INTO public.pushes VALUES (3, 'https://hub.test/', 'https://news.test/rss', 'tok', 'secret', 'active', '2026-06-05 12:00:00+00', '2026-06-04 12:00:00+00', 1, 'HTTP 500');
INSERT INTO public.retellings VALUES (1, 2);
INSERT INTO public.retellings VALUES (3, 0);
INSERT INTO public.shown VALUES (1, 1, 1);
INSERT INTO public.shown VALUES (1, 2, 2);
INSERT INTO public.shown VALUES (1, 3, 3);
INSERT INTO public.shown VALUES (2, 1, 1);
INSERT INTO public.shown VALUES (2, 2, 3);
INSERT INTO public.shown VALUES (4, 1, 1);
INSERT INTO public.sources VALUES (1, 'folder', '/seeds', '2026-06-01 12:00:00+00', '2026-06-01 12:00:00+00', '2026-06-03 12:00:00+00', NULL, '', NULL, '[]', '', 'active', NULL, NULL, NULL, NULL, 0, NULL, false, '[]');
INSERT INTO public.sources VALUES (2, 'folder', '/elsewhere', '2026-06-01 12:00:00+00', NULL, '2026-06-02 12:00:00+00', 'it is not there', '', NULL, '[]', '', 'active', NULL, NULL, NULL, NULL, 0, NULL, false, '[]');
INSERT INTO public.sources VALUES (3, 'feed', 'https://news.test/rss', '2026-06-02 12:00:00+00', '2026-06-02 12:00:00+00', NULL, NULL, 'Nö News', 'https://news.test/', '["World"]', 'news.test', 'active', '2026-06-04 12:00:00+00', 900.5, '2026-06-03 12:00:00+00', NULL, 0, NULL, false, '["Nö News", "https://news.test/rss"]');
INSERT INTO public.spending VALUES ('2026-06-03', 0, 3, 1234);
INSERT INTO public.spending VALUES ('2026-06-03', 1, 2, 1000);
INSERT INTO public.spikes VALUES (2, 1, '2026-06-03', 8, 30, 4.5);
INSERT INTO public.stories VALUES (1, '2026-06-01 12:00:00+00');
INSERT INTO public.stories VALUES (2, '2026-06-02 12:00:00+00');
INSERT INTO public.stories VALUES (3, '2026-06-03 12:00:00+00');
INSERT INTO public.stories VALUES (9, '2026-06-03 12:00:00+00');
INSERT INTO public.subscriptions VALUES (1, 1, 1, '2026-06-01 12:00:00+00', 'me', 'sanctions', NULL, false, NULL, NULL, NULL, NULL, false, 0, '');
INSERT INTO public.subscriptions VALUES (2, 1, 2, '2026-06-01 12:00:00+00', 'me', 'dprk', '2026-06-09 12:00:00+00', false, NULL, NULL, NULL, NULL, false, 0, '');
INSERT INTO public.subscriptions VALUES (3, 2, 1, '2026-06-01 12:00:00+00', '7', 'Sanctions!', NULL, false, NULL, NULL, NULL, NULL, false, 0, '');
INSERT INTO public.subscriptions VALUES (4, 4, 1, '2026-06-01 12:00:00+00', '', 'sanctions', NULL, false, NULL, NULL, NULL, NULL, false, 0, '');
INSERT INTO public.thin_items VALUES (4, 3, 'n1', '{"title": "Pöct"}', 'news.test', '2026-06-03 12:00:00+00', '2026-06-04 12:00:00+00', 1);
INSERT INTO public.topics VALUES (1, 'sanctions', true, 1);
INSERT INTO public.topics VALUES (2, '"north korea"', true, 2);
INSERT INTO public.topics VALUES (3, 'oil', false, 3);
INSERT INTO public.updates VALUES ('fake', 'bot', '17', '2026-06-03 12:00:00+00');
INSERT INTO public.written VALUES ('w1', '["One.", "Zwei."]', '2026-06-03 12:00:00+00');
SELECT pg_catalog.setval('public.alerts_id_seq', 9, true);
SELECT pg_catalog.setval('public.announcements_id_seq', 1, true);
SELECT pg_catalog.setval('public.chats_id_seq', 5, true);
SELECT pg_catalog.setval('public.fanouts_id_seq', 5, true);
SELECT pg_catalog.setval('public.follow_ups_id_seq', 3, true);
SELECT pg_catalog.setval('public.items_id_seq', 3, true);
SELECT pg_catalog.setval('public.sources_id_seq', 3, true);
SELECT pg_catalog.setval('public.stories_id_seq', 9, true);
SELECT pg_catalog.setval('public.subscriptions_id_seq', 4, true);
SELECT pg_catalog.setval('public.thin_items_id_seq', 4, true);
SELECT pg_catalog.setval('public.topics_id_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.item_terms
    ADD CONSTRAINT item_terms_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY public.alert_topics
    ADD CONSTRAINT pk_alert_topics PRIMARY KEY (alert_id, topic_id);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT pk_alerts PRIMARY KEY (id);
ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT pk_aliases PRIMARY KEY (chat_id, name);
ALTER TABLE ONLY public.announced
    ADD CONSTRAINT pk_announced PRIMARY KEY (alert_id);
ALTER TABLE ONLY public.announcements
    ADD CONSTRAINT pk_announcements PRIMARY KEY (id);
ALTER TABLE ONLY public.briefings
    ADD CONSTRAINT pk_briefings PRIMARY KEY (alert_id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT pk_chats PRIMARY KEY (id);
ALTER TABLE ONLY public.cursors
    ADD CONSTRAINT pk_cursors PRIMARY KEY (source_id, name);
ALTER TABLE ONLY public.fanouts
    ADD CONSTRAINT pk_fanouts PRIMARY KEY (id);
ALTER TABLE ONLY public.follow_ups
    ADD CONSTRAINT pk_follow_ups PRIMARY KEY (id);
ALTER TABLE ONLY public.forgotten
    ADD CONSTRAINT pk_forgotten PRIMARY KEY (source_id, key);
ALTER TABLE ONLY public.hosts
    ADD CONSTRAINT pk_hosts PRIMARY KEY (name);
ALTER TABLE ONLY public.installations
    ADD CONSTRAINT pk_installations PRIMARY KEY (platform, account);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT pk_items PRIMARY KEY (id);
ALTER TABLE ONLY public.kept
    ADD CONSTRAINT pk_kept PRIMARY KEY (key);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT pk_leases PRIMARY KEY (name);
ALTER TABLE ONLY public.marks
    ADD CONSTRAINT pk_marks PRIMARY KEY (name);
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT pk_matches PRIMARY KEY (item_id, topic_id);
ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pk_pages PRIMARY KEY (address);
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT pk_pushes PRIMARY KEY (source_id);
ALTER TABLE ONLY public.retellings
    ADD CONSTRAINT pk_retellings PRIMARY KEY (story_id);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT pk_shown PRIMARY KEY (chat_id, number);
ALTER TABLE ONLY public.sources
    ADD CONSTRAINT pk_sources PRIMARY KEY (id);
ALTER TABLE ONLY public.spending
    ADD CONSTRAINT pk_spending PRIMARY KEY (day, chat_id);
ALTER TABLE ONLY public.spikes
    ADD CONSTRAINT pk_spikes PRIMARY KEY (chat_id, topic_id, day);
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT pk_stories PRIMARY KEY (id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT pk_subscriptions PRIMARY KEY (id);
ALTER TABLE ONLY public.thin_items
    ADD CONSTRAINT pk_thin_items PRIMARY KEY (id);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT pk_topics PRIMARY KEY (id);
ALTER TABLE ONLY public.updates
    ADD CONSTRAINT pk_updates PRIMARY KEY (platform, account, update_id);
ALTER TABLE ONLY public.written
    ADD CONSTRAINT pk_written PRIMARY KEY (key);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT uq_alerts_chat_id_story_id UNIQUE (chat_id, story_id);
ALTER TABLE ONLY public.announcements
    ADD CONSTRAINT uq_announcements_nonce UNIQUE (nonce);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT uq_chats_platform_account_chat_thread UNIQUE (platform, account, chat, thread);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT uq_items_source_id_key UNIQUE (source_id, key);
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT uq_pushes_token UNIQUE (token);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT uq_shown_chat_id_item_id UNIQUE (chat_id, item_id);
ALTER TABLE ONLY public.sources
    ADD CONSTRAINT uq_sources_kind_address UNIQUE (kind, address);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT uq_subscriptions_chat_id_topic_id UNIQUE (chat_id, topic_id);
ALTER TABLE ONLY public.thin_items
    ADD CONSTRAINT uq_thin_items_source_id_key UNIQUE (source_id, key);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT uq_topics_query UNIQUE (query);
CREATE INDEX ix_alert_topics_topic_id ON public.alert_topics USING btree (topic_id);
CREATE INDEX ix_alerts_briefing_id ON public.alerts USING btree (briefing_id) WHERE (briefing_id IS NOT NULL);
CREATE INDEX ix_alerts_held ON public.alerts USING btree (held_until, chat_id) WHERE ((ended_at IS NULL) AND (held_until IS NOT NULL) AND (briefing_id IS NULL));
CREATE INDEX ix_alerts_held_in_chat ON public.alerts USING btree (chat_id) WHERE ((ended_at IS NULL) AND (held_until IS NOT NULL) AND (briefing_id IS NULL));
CREATE INDEX ix_alerts_item_id ON public.alerts USING btree (item_id);
CREATE INDEX ix_alerts_queue ON public.alerts USING btree (chat_id, priority, id) WHERE ((ended_at IS NULL) AND (held_until IS NULL));
CREATE INDEX ix_alerts_reasons ON public.alerts USING btree (state, id) WHERE (reason IS NOT NULL);
CREATE INDEX ix_alerts_story_id_chat_id ON public.alerts USING btree (story_id, chat_id);
CREATE INDEX ix_alerts_waiting ON public.alerts USING btree (created_at) WHERE ((ended_at IS NULL) AND (held_until IS NULL));
CREATE INDEX ix_announced_announcement_id ON public.announced USING btree (announcement_id);
CREATE INDEX ix_announcements_open ON public.announcements USING btree (id) WHERE (ended_at IS NULL);
CREATE INDEX ix_chats_digest_at ON public.chats USING btree (digest_at) WHERE (digest_at IS NOT NULL);
CREATE INDEX ix_chats_due ON public.chats USING btree (platform, account, due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX ix_follow_ups_due_at ON public.follow_ups USING btree (due_at) WHERE (ended_at IS NULL);
CREATE INDEX ix_follow_ups_item_id ON public.follow_ups USING btree (item_id);
CREATE INDEX ix_follow_ups_story_id ON public.follow_ups USING btree (story_id);
CREATE INDEX ix_forgotten_forgotten_at ON public.forgotten USING btree (forgotten_at);
CREATE INDEX ix_item_terms_terms ON public.item_terms USING gin (terms);
CREATE INDEX ix_items_found_at ON public.items USING btree (found_at);
CREATE INDEX ix_items_story_id ON public.items USING btree (story_id);
CREATE INDEX ix_kept_kept_at ON public.kept USING btree (kept_at);
CREATE INDEX ix_matches_topic_id_item_id ON public.matches USING btree (topic_id, item_id);
CREATE INDEX ix_pages_read_at ON public.pages USING btree (read_at);
CREATE INDEX ix_pushes_due_at ON public.pushes USING btree (due_at);
CREATE INDEX ix_shown_item_id ON public.shown USING btree (item_id);
CREATE INDEX ix_sources_due_at ON public.sources USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX ix_spikes_alert_id ON public.spikes USING btree (alert_id);
CREATE INDEX ix_subscriptions_choosy ON public.subscriptions USING btree (topic_id, chat_id) WHERE ((at_least IS NOT NULL) OR breaking);
CREATE INDEX ix_subscriptions_quiet ON public.subscriptions USING btree (chat_id) WHERE (quiet IS NOT NULL);
CREATE INDEX ix_subscriptions_topic_id_chat_id ON public.subscriptions USING btree (topic_id, chat_id);
CREATE INDEX ix_thin_items_due_at ON public.thin_items USING btree (due_at);
CREATE INDEX ix_thin_items_queued_at ON public.thin_items USING btree (queued_at);
CREATE INDEX ix_topics_revision ON public.topics USING btree (revision);
CREATE INDEX ix_updates_seen_at ON public.updates USING btree (seen_at);
CREATE INDEX ix_written_written_at ON public.written USING btree (written_at);
CREATE UNIQUE INDEX uq_follow_ups_edit ON public.follow_ups USING btree (chat_id, story_id) WHERE ((kind = 'edit'::text) AND (ended_at IS NULL));
CREATE UNIQUE INDEX uq_follow_ups_reply ON public.follow_ups USING btree (chat_id, item_id) WHERE (kind = 'reply'::text);
ALTER TABLE ONLY public.alert_topics
    ADD CONSTRAINT fk_alert_topics_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alert_topics
    ADD CONSTRAINT fk_alert_topics_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_briefing_id FOREIGN KEY (briefing_id) REFERENCES public.alerts(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT fk_aliases_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.announced
    ADD CONSTRAINT fk_announced_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.announced
    ADD CONSTRAINT fk_announced_announcement_id FOREIGN KEY (announcement_id) REFERENCES public.announcements(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.briefings
    ADD CONSTRAINT fk_briefings_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cursors
    ADD CONSTRAINT fk_cursors_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.fanouts
    ADD CONSTRAINT fk_fanouts_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.follow_ups
    ADD CONSTRAINT fk_follow_ups_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.follow_ups
    ADD CONSTRAINT fk_follow_ups_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.follow_ups
    ADD CONSTRAINT fk_follow_ups_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.forgotten
    ADD CONSTRAINT fk_forgotten_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.items
    ADD CONSTRAINT fk_items_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.items
    ADD CONSTRAINT fk_items_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT fk_matches_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT fk_matches_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT fk_pushes_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.retellings
    ADD CONSTRAINT fk_retellings_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT fk_shown_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT fk_shown_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.spikes
    ADD CONSTRAINT fk_spikes_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.spikes
    ADD CONSTRAINT fk_spikes_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.spikes
    ADD CONSTRAINT fk_spikes_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.thin_items
    ADD CONSTRAINT fk_thin_items_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.item_terms
    ADD CONSTRAINT item_terms_item_id_fkey FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
