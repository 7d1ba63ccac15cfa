package com.octomil.privacy.budget.domain;

/**
 * Something about a configuration that is accepted and still worth a second look.
 *
 * @param code stable identifier in snake_case
 * @param field the field it is about
 * @param message one or two sentences for the operator
 */
public record Warning(String code, String field, String message) {}
