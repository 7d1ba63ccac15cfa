package com.octomil.privacy.kit.audit;

import java.util.Map;

/**
 * Settings that an auditor asks for, such as retention. The service reports them when it starts.
 * Every service provides exactly one implementation.
 */
public interface ReportedSettings {

  /** Settings by name; no secrets. */
  Map<String, String> settings();
}
