-- How a large roster is split; null: it is not.
ALTER TABLE relay.session
    ADD COLUMN max_group_size      integer,
    ADD COLUMN min_group_survivors integer,
    ADD CHECK ((max_group_size IS NULL) = (min_group_survivors IS NULL));
