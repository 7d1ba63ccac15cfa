/** JSON strictness and problem+json for every error of a REST resource. */
@NullMarked
package com.octomil.privacy.kit.rest;

import org.jspecify.annotations.NullMarked;
