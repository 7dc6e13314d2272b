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
    story_id bigint NOT NULL,
    item_id bigint NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    lease_owner text,
    attempts integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    message_id text,
    reason text
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
    held_until timestamp with time zone
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
CREATE TABLE public.marks (
    name text NOT NULL,
    value bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.matches (
    item_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    spans json NOT NULL
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
    problem text
);
CREATE SEQUENCE public.sources_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sources_id_seq OWNED BY public.sources.id;
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
    muted_until timestamp with time zone
);
CREATE SEQUENCE public.subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.subscriptions_id_seq OWNED BY public.subscriptions.id;
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
ALTER TABLE ONLY public.alerts ALTER COLUMN id SET DEFAULT nextval('public.alerts_id_seq'::regclass);
ALTER TABLE ONLY public.chats ALTER COLUMN id SET DEFAULT nextval('public.chats_id_seq'::regclass);
ALTER TABLE ONLY public.fanouts ALTER COLUMN id SET DEFAULT nextval('public.fanouts_id_seq'::regclass);
ALTER TABLE ONLY public.items ALTER COLUMN id SET DEFAULT nextval('public.items_id_seq'::regclass);
ALTER TABLE ONLY public.sources ALTER COLUMN id SET DEFAULT nextval('public.sources_id_seq'::regclass);
ALTER TABLE ONLY public.stories ALTER COLUMN id SET DEFAULT nextval('public.stories_id_seq'::regclass);
ALTER TABLE ONLY public.subscriptions ALTER COLUMN id SET DEFAULT nextval('public.subscriptions_id_seq'::regclass);
ALTER TABLE ONLY public.topics ALTER COLUMN id SET DEFAULT nextval('public.topics_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.alert_topics VALUES (1, 1);
INSERT INTO public.alert_topics VALUES (1, 2);
INSERT INTO public.alert_topics VALUES (2, 1);
INSERT INTO public.alert_topics VALUES (3, 1);
INSERT INTO public.alert_topics VALUES (4, 1);
INSERT INTO public.alert_topics VALUES (6, 1);
INSERT INTO public.alerts VALUES (1, 1, 1, 1, 'console', 'local', 'sent', '2026-06-01 12:00:00+00', NULL, NULL, 1, '2026-06-01 13:00:00+00', 'm1', NULL);
INSERT INTO public.alerts VALUES (2, 2, 1, 1, 'fake', 'bot', 'failed', '2026-06-01 12:00:00+00', NULL, NULL, 2, '2026-06-01 13:00:00+00', NULL, 'refused');
INSERT INTO public.alerts VALUES (3, 1, 3, 3, 'console', 'local', 'queued', '2026-06-03 12:00:00+00', '2026-06-03 13:00:00+00', 'dead-owner', 1, NULL, NULL, NULL);
INSERT INTO public.alerts VALUES (4, 2, 3, 3, 'fake', 'bot', 'queued', '2026-06-03 12:00:00+00', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO public.alerts VALUES (6, 4, 1, 1, 'fake', 'bot', 'queued', '2026-06-01 12:00:00+00', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO public.aliases VALUES (1, 'dprk', '"north korea"');
INSERT INTO public.chats VALUES (1, 'console', 'local', 'you', '', '2026-06-01 12:00:00+00', NULL, NULL, 3, NULL);
INSERT INTO public.chats VALUES (2, 'fake', 'bot', '-100', '4', '2026-06-01 12:00:00+00', NULL, NULL, 2, '2026-06-03 18:00:00+00');
INSERT INTO public.chats VALUES (4, 'fake', 'bot', 'gone', '', '2026-06-01 12:00:00+00', '2026-06-02 12:00:00+00', 'it blocked the bot', 1, NULL);
INSERT INTO public.chats VALUES (5, 'fake', 'bot', 'quiet', '', '2026-06-02 12:00:00+00', NULL, NULL, 0, NULL);
INSERT INTO public.cursors VALUES (1, '/a.txt', '[1,2,3,"d1","doc-d1"]');
INSERT INTO public.cursors VALUES (1, '=d1', '["doc-d1","a.txt"]');
INSERT INTO public.cursors VALUES (1, '/b ö.txt', '[1,2,3,"d2","doc-d2"]');
INSERT INTO public.fanouts VALUES (5, 3, 2);
INSERT INTO public.item_terms VALUES (1, '''ssanction'' ''wnew'' ''wsanctions''');
INSERT INTO public.item_terms VALUES (2, '''wölpreis''');
INSERT INTO public.item_terms VALUES (3, '''wpact'' ''wsanctions''');
INSERT INTO public.items VALUES (1, 1, 1, 'doc-d1', 'd1', '2026-06-01 12:00:00+00', '2026-06-01 12:00:00+00', 'Sanctions on North Korea', NULL, 'seeds/1.txt', '2026-06-01 09:00:00+00', 'A lead', 'New sanctions were agreed.', 'en', NULL, '["World"]');
INSERT INTO public.items VALUES (2, 1, 2, 'doc-d2', 'd2', '2026-06-02 12:00:00+00', '2026-06-02 12:00:00+00', 'Ölpreis steigt', NULL, 'seeds/2.txt', '2026-06-02 09:00:00+00', 'A lead', 'Text with '' and \ and ü 北韓.', 'en', NULL, '[]');
INSERT INTO public.items VALUES (3, 1, 3, 'doc-d3', 'd3', '2026-06-03 12:00:00+00', '2026-06-03 12:00:00+00', 'A pact', NULL, 'seeds/3.txt', NULL, 'A lead', 'Sanctions again.', NULL, NULL, '[]');
INSERT INTO public.marks VALUES ('topics', 3);
INSERT INTO public.marks VALUES ('own', 7);
INSERT INTO public.matches VALUES (1, 1, '[["title", 0, 9]]');
INSERT INTO public.matches VALUES (1, 2, '[["title", 13, 24]]');
INSERT INTO public.matches VALUES (3, 1, '[["text", 0, 9]]');
INSERT INTO public.shown VALUES (1, 1, 1);
INSERT INTO public.shown VALUES (1, 2, 2);
INSERT INTO public.shown VALUES (1, 3, 3);
INSERT INTO public.shown VALUES (2, 1, 1);
INSERT INTO public.shown VALUES (2, 2, 3);
INSERT INTO public.shown VALUES (4, 1, 1);
INSERT INTO public.sources VALUES (1, 'folder', '/seeds', '2026-06-01 12:00:00+00', '2026-06-01 12:00:00+00', '2026-06-03 12:00:00+00', NULL);
INSERT INTO public.sources VALUES (2, 'folder', '/elsewhere', '2026-06-01 12:00:00+00', NULL, '2026-06-02 12:00:00+00', 'it is not there');
INSERT INTO public.stories VALUES (1, '2026-06-01 12:00:00+00');
INSERT INTO public.stories VALUES (2, '2026-06-02 12:00:00+00');
INSERT INTO public.stories VALUES (3, '2026-06-03 12:00:00+00');
INSERT INTO public.stories VALUES (9, '2026-06-03 12:00:00+00');
INSERT INTO public.subscriptions VALUES (1, 1, 1, '2026-06-01 12:00:00+00', 'me', 'sanctions', NULL);
INSERT INTO public.subscriptions VALUES (2, 1, 2, '2026-06-01 12:00:00+00', 'me', 'dprk', '2026-06-09 12:00:00+00');
INSERT INTO public.subscriptions VALUES (3, 2, 1, '2026-06-01 12:00:00+00', '7', 'Sanctions!', NULL);
INSERT INTO public.subscriptions VALUES (4, 4, 1, '2026-06-01 12:00:00+00', '', 'sanctions', NULL);
INSERT INTO public.topics VALUES (1, 'sanctions', true, 1);
INSERT INTO public.topics VALUES (2, '"north korea"', true, 2);
INSERT INTO public.topics VALUES (3, 'oil', false, 3);
SELECT pg_catalog.setval('public.alerts_id_seq', 6, true);
SELECT pg_catalog.setval('public.chats_id_seq', 5, true);
SELECT pg_catalog.setval('public.fanouts_id_seq', 5, true);
SELECT pg_catalog.setval('public.items_id_seq', 3, true);
SELECT pg_catalog.setval('public.sources_id_seq', 2, true);
SELECT pg_catalog.setval('public.stories_id_seq', 9, true);
SELECT pg_catalog.setval('public.subscriptions_id_seq', 4, true);
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
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT pk_chats PRIMARY KEY (id);
ALTER TABLE ONLY public.cursors
    ADD CONSTRAINT pk_cursors PRIMARY KEY (source_id, name);
ALTER TABLE ONLY public.fanouts
    ADD CONSTRAINT pk_fanouts PRIMARY KEY (id);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT pk_items PRIMARY KEY (id);
ALTER TABLE ONLY public.marks
    ADD CONSTRAINT pk_marks PRIMARY KEY (name);
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT pk_matches PRIMARY KEY (item_id, topic_id);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT pk_shown PRIMARY KEY (chat_id, number);
ALTER TABLE ONLY public.sources
    ADD CONSTRAINT pk_sources PRIMARY KEY (id);
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT pk_stories PRIMARY KEY (id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT pk_subscriptions PRIMARY KEY (id);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT pk_topics PRIMARY KEY (id);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT uq_alerts_chat_id_story_id UNIQUE (chat_id, story_id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT uq_chats_platform_account_chat_thread UNIQUE (platform, account, chat, thread);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT uq_items_source_id_key UNIQUE (source_id, key);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT uq_shown_chat_id_item_id UNIQUE (chat_id, item_id);
ALTER TABLE ONLY public.sources
    ADD CONSTRAINT uq_sources_kind_address UNIQUE (kind, address);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT uq_subscriptions_chat_id_topic_id UNIQUE (chat_id, topic_id);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT uq_topics_query UNIQUE (query);
CREATE INDEX ix_alert_topics_topic_id ON public.alert_topics USING btree (topic_id);
CREATE INDEX ix_alerts_item_id ON public.alerts USING btree (item_id);
CREATE INDEX ix_alerts_unsent ON public.alerts USING btree (platform, id) WHERE (ended_at IS NULL);
CREATE INDEX ix_item_terms_terms ON public.item_terms USING gin (terms);
CREATE INDEX ix_items_found_at ON public.items USING btree (found_at);
CREATE INDEX ix_items_story_id ON public.items USING btree (story_id);
CREATE INDEX ix_matches_topic_id_item_id ON public.matches USING btree (topic_id, item_id);
CREATE INDEX ix_shown_item_id ON public.shown USING btree (item_id);
CREATE INDEX ix_subscriptions_topic_id_chat_id ON public.subscriptions USING btree (topic_id, chat_id);
CREATE INDEX ix_topics_revision ON public.topics USING btree (revision);
ALTER TABLE ONLY public.alert_topics
    ADD CONSTRAINT fk_alert_topics_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alert_topics
    ADD CONSTRAINT fk_alert_topics_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT fk_aliases_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cursors
    ADD CONSTRAINT fk_cursors_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.fanouts
    ADD CONSTRAINT fk_fanouts_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.items
    ADD CONSTRAINT fk_items_source_id FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.items
    ADD CONSTRAINT fk_items_story_id FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT fk_matches_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT fk_matches_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT fk_shown_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT fk_shown_item_id FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_chat_id FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_topic_id FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.item_terms
    ADD CONSTRAINT item_terms_item_id_fkey FOREIGN KEY (item_id) REFERENCES public.items(id) ON DELETE CASCADE;
