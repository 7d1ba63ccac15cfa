package com.octomil.privacy.kit.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GrpcFailuresTest {

  @ParameterizedTest
  @EnumSource
  void everyCodeSurvivesTheWire(ErrorCode code) throws Exception {
    StatusRuntimeException status = GrpcFailures.toStatus(new ServiceException(code, "because"));

    assertThat(status.getStatus().getCode()).isEqualTo(code.grpcCode());
    com.google.rpc.Status rich = requireNonNull(StatusProto.fromThrowable(status));
    ErrorInfo info = rich.getDetails(0).unpack(ErrorInfo.class);
    assertThat(info.getDomain()).isEqualTo("privacy.octomil.com");
    assertThat(info.getReason()).isEqualTo(code.id());

    ServiceException back = GrpcFailures.translate(status);
    assertThat(back.code()).isEqualTo(code);
    assertThat(back.detail()).isEqualTo("because");
  }

  @Test
  void fieldsAreNamed() throws Exception {
    StatusRuntimeException status =
        GrpcFailures.toStatus(
            ServiceException.invalidField(
                ErrorCode.INVALID_VALUE, new FieldViolation("round_id", "ab", "must be 16 bytes")));

    BadRequest fields =
        requireNonNull(StatusProto.fromThrowable(status)).getDetails(1).unpack(BadRequest.class);
    assertThat(fields.getFieldViolations(0).getField()).isEqualTo("round_id");
    assertThat(fields.getFieldViolations(0).getDescription()).isEqualTo("must be 16 bytes");
  }

  @Test
  void whatIsOurBugIsNotDescribed() {
    StatusRuntimeException status =
        GrpcFailures.toStatus(new IllegalStateException("secret internals"));

    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(status.getStatus().getDescription()).doesNotContain("secret");
  }

  @Test
  void statusesOfOthersAreUnderstood() {
    assertThat(GrpcFailures.translate(Status.UNAVAILABLE.asRuntimeException()).code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(GrpcFailures.translate(Status.DEADLINE_EXCEEDED.asRuntimeException()).code())
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(GrpcFailures.translate(Status.RESOURCE_EXHAUSTED.asRuntimeException()).code())
        .isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    assertThat(GrpcFailures.translate(Status.DATA_LOSS.asRuntimeException()).code())
        .isEqualTo(ErrorCode.INTERNAL);
  }
}
