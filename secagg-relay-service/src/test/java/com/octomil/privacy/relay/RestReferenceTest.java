package com.octomil.privacy.relay;

import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.RestReference;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.relay.testing.PeersResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/reference/rest-relay.md is what the service's OpenAPI document says. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class RestReferenceTest {

  @Test
  void theReferenceIsWhatTheOpenApiDocumentSays() throws IOException {
    RestReference.check("relay", RestReferenceTest.class);
  }
}
