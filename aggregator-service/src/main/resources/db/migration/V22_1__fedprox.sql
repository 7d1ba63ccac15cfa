-- FedProx: a proximal term in the loss of the devices.

alter table aggregator.training_jobs
    add column proximal_mu double precision check (proximal_mu > 0),
    drop constraint training_jobs_algorithm_check,
    add constraint training_jobs_algorithm_check check (algorithm in ('fedavg', 'fedprox')),
    add constraint training_jobs_proximal_mu_present check ((algorithm = 'fedprox') = (proximal_mu is not null));
