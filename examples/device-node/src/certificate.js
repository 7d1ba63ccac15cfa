// Certificates of device keys: docs/PROTOCOL.md, sections 3 and 5.
import { verify } from './keys.js';
import { parse } from './messages.js';
import { unless } from './refusal.js';
import { certificate as transcript } from './transcripts.js';

/** The certified device key, if the certificate is of the pinned authority, for this federation and now. */
export function checkCertificate(certificate, { authorityKey, federation }, policy, now) {
  const refuseUnless = (holds, detail) => unless(holds, 'INVALID_CERTIFICATE', detail);
  refuseUnless(
    certificate && verify(authorityKey, transcript(certificate.content), certificate.signature),
    'a certificate is not signed by the enrolment authority',
  );
  const content = parse('DeviceCertificateContent', certificate.content);
  refuseUnless(content.devicePublicKey.length === 32, 'device_public_key must have 32 bytes');
  refuseUnless(
    content.federation === federation,
    `a certificate is for federation ${content.federation}, not ${federation}`,
  );
  refuseUnless(
    Number(content.notBefore) <= now + policy.clockToleranceMillis &&
      now <= Number(content.notAfter) + policy.clockToleranceMillis,
    'a certificate is not valid now',
  );
  return content.devicePublicKey;
}
