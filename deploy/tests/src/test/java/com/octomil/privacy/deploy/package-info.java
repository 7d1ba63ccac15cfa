/** Renders the chart and the overlays and asserts what otherwise only a cluster would find out. */
@NullMarked
package com.octomil.privacy.deploy;

import org.jspecify.annotations.NullMarked;
