package com.octomil.privacy.kit.auth;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The scope an API key needs for a resource method. On a class it holds for all methods that carry
 * none of their own. Methods without it are refused, unless they are annotated {@link
 * jakarta.annotation.security.PermitAll}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface RequiresScope {

  /** The needed scope. */
  Scope value();

  /**
   * Whether a key for one federation may call it although the path names none: only for what is
   * about the key itself.
   */
  boolean ofTheKeyItself() default false;
}
