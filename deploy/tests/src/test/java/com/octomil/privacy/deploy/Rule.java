package com.octomil.privacy.deploy;

/** What a set of objects must keep; every deliberate mistake names the rule that catches it. */
enum Rule {
  /** Only members that the API knows, with the types that it wants. */
  STRUCTURE,
  /** No object twice. */
  DUPLICATE,
  /** Names and labels that the API server accepts. */
  NAME,
  /** Selectors select what they are meant for and nothing else. */
  SELECTOR,
  /** Quantities parse, requests and limits are set and in order. */
  RESOURCES,
  /** Ports in range, named, and reachable through Services. */
  PORT,
  /** All three probes, each with one handler on a port that exists. */
  PROBE,
  /** Mounts have volumes and volumes have mounts. */
  MOUNT,
  /** What is referred to exists. */
  REFERENCE,
  /** Autoscalers have a range and own the number of replicas. */
  AUTOSCALING,
  /** Each Deployment has one disruption budget with one bound. */
  DISRUPTION,
  /** Pods of a region must run on its nodes. */
  REGION,
  /** The restricted pod security standard and a read-only root. */
  POD_SECURITY,
  /** No pod gets a token for the API server. */
  TOKEN,
  /** Secrets come from Secrets. */
  SECRET,
  /** Images are pinned and the right ones. */
  IMAGE,
  /** Nothing but TLS beyond loopback. */
  TLS,
  /** Time to finish before the end. */
  TERMINATION,
  /** Default deny, and exactly the arrows of the design. */
  NETWORK
}
