// Enrolment and renewal: docs/PROTOCOL.md, section 5.
import { equal } from './bytes.js';
import { checkCertificate } from './certificate.js';
import { randomBytes, sign, signatureKey } from './keys.js';
import { unless } from './refusal.js';
import { enrollment, renewal } from './transcripts.js';

/**
 * Exchanges a one-time code for an identity.
 *
 * @param authorityKey the pinned key of the enrolment authority, 32 bytes
 */
export async function enroll(transport, { code, region, authorityKey }, policy) {
  const deviceSeed = randomBytes(32);
  const devicePublicKey = signatureKey(deviceSeed);
  const grant = await transport.enroll({
    enrollmentCode: code,
    devicePublicKey,
    proofOfPossession: sign(deviceSeed, enrollment(code, devicePublicKey)),
    region,
  });
  const identity = { deviceSeed, devicePublicKey, authorityKey, region, federation: grant.federation };
  return granted(identity, grant, policy);
}

/** The next token and certificate of the same key. */
export async function renew(transport, identity, policy) {
  const proofOfPossession = sign(identity.deviceSeed, renewal(identity.token, identity.devicePublicKey));
  return granted(identity, await transport.renew({ deviceToken: identity.token, proofOfPossession }), policy);
}

/** Whether less than a third of the token's life is left. */
export const renewalDue = ({ tokenFrom, tokenExpiresAt }, now) => now > tokenFrom + (2 * (tokenExpiresAt - tokenFrom)) / 3;

function granted(identity, { deviceToken, certificate, tokenExpiresAt }, policy) {
  const key = checkCertificate(certificate, identity, policy, Date.now());
  unless(equal(key, identity.devicePublicKey), 'INVALID_CERTIFICATE', "the certificate is not of this device's key");
  return { ...identity, token: deviceToken, certificate, tokenFrom: Date.now(), tokenExpiresAt: Number(tokenExpiresAt) };
}
