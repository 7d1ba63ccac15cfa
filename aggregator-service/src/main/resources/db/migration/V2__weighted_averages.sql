-- Weighted averages: updates count as the number of examples behind them, up to a public cap.

-- Null: every update counts the same.
alter table aggregator.training_jobs add column max_examples integer check (max_examples > 0);

alter table aggregator.rounds
    -- Cap of a weight; null: every update counts the same.
    add column max_weight     integer check (max_weight > 0),
    -- Whether the sum has a coordinate with the weights after those of the model.
    add column weight_counted boolean not null default false,
    -- Sum of the weights, where it was counted; the average was divided by it.
    add column total_weight   bigint;
