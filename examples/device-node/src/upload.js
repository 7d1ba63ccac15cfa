// The masked update as a stream: a header, then chunks as fast as the connection takes them.
import { once } from 'node:events';

const CHUNK_BYTES = 128 * 1024;

export async function uploadPayload(client, header, payload) {
  let call;
  const answered = new Promise((resolve, reject) => {
    call = client.Upload({ deadline: Date.now() + 600_000 }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
  // The server may answer, or fail, before it has read everything.
  let over = false;
  const end = answered.then(
    () => (over = true),
    () => (over = true),
  );
  const send = async (part) => {
    if (!over && !call.write(part)) {
      await Promise.race([once(call, 'drain'), end]);
    }
  };
  await send({ header });
  for (let start = 0; start < payload.length; start += CHUNK_BYTES) {
    await send({ chunk: payload.subarray(start, start + CHUNK_BYTES) });
  }
  call.end();
  return answered;
}
