// Certificates for tests, made here: an authority, and what it signs, however wrong. Version 3, SHA-256, RSA or P-256.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Identity {
  /** PEM */
  readonly certificate: string;
  /** PEM, PKCS #8 */
  readonly key: string;
}

export interface Authority extends Identity {
  /** A certificate for a server. */
  issue(wish?: Partial<Wish>): Identity;
}

interface Wish {
  /** `IP:127.0.0.1` or `DNS:ups.lan`; with none there is no such extension */
  readonly names: readonly string[];
  readonly commonName: string;
  /** days from now */
  readonly validDays: readonly [from: number, to: number];
}

const USUAL: Wish = { names: ['IP:127.0.0.1'], commonName: 'upsd', validDays: [-1, 30] };
const DAY_MS = 86_400_000;

/** With the key given, or one of its own. */
export function authority(commonName = 'site authority', pem?: string, validDays = USUAL.validDays): Authority {
  const key = pem === undefined ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : createPrivateKey(pem);
  const issuer = { commonName, key };
  return {
    certificate: made({ commonName, publicKey: createPublicKey(key), isAuthority: true, wish: { ...USUAL, validDays } }, issuer),
    key: pemOf(key),
    issue: (wish) => {
      const full = { ...USUAL, ...wish };
      // Old builds of upsd know no other keys.
      const leaf = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const subject = { commonName: full.commonName, publicKey: leaf.publicKey, isAuthority: false, wish: full };
      return { certificate: made(subject, issuer), key: pemOf(leaf.privateKey) };
    },
  };
}

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
  readonly wish: Wish;
}

interface Issuer {
  readonly commonName: string;
  readonly key: KeyObject;
}

function made({ commonName, publicKey, isAuthority, wish }: Subject, issuer: Issuer): string {
  const isRsa = issuer.key.asymmetricKeyType === 'rsa';
  const algorithm = isRsa ? sequence(objectId('2a864886f70d01010b'), der(0x05, Buffer.alloc(0))) : sequence(objectId('2a8648ce3d040302'));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const serial = createHash('sha256').update(spki).digest().subarray(0, 8);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const extensions = [
    // Whose key it is, and who signed: as openssl writes them, so that two authorities of one name are told apart.
    extension('551d0e', der(0x04, keyId(publicKey))),
    extension('551d23', sequence(der(0x80, keyId(createPublicKey(issuer.key))))),
    extension('551d13', sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : [])), true),
    ...(wish.names.length > 0 && !isAuthority ? [extension('551d11', sequence(...wish.names.map(generalName)))] : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    nameOf(issuer.commonName),
    sequence(...wish.validDays.map(timeOf)),
    nameOf(commonName),
    spki,
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, issuer.key)]));
  const base64 = sequence(body, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function der(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(commonName)))));
}

/** UTCTime */
function timeOf(days: number): Buffer {
  const digits = new Date(Date.now() + days * DAY_MS).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function extension(id: string, content: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, content));
}

function generalName(name: string): Buffer {
  const value = name.slice(name.indexOf(':') + 1);
  return name.startsWith('IP:') ? der(0x87, Buffer.from(value.split('.').map(Number))) : der(0x82, Buffer.from(value));
}
