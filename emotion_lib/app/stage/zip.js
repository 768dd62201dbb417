// Zip files, unpacked in the browser: one member at a time, when it is needed.

import { crc32 } from "./crc32.js";

/** Members that are listed; a larger archive is refused. */
export const MOST_MEMBERS = 5000;
/** Bytes of one unpacked member. */
export const LARGEST_MEMBER = 200_000_000;

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LONGEST_END = 22 + 0xffff; // with the longest comment
const LARGEST_DIRECTORY = 2 ** 26;
const ENCRYPTED = 0x1;
const IS_UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;
const NESTED = /\.(zip|7z|rar|tar|gz|tgz|xz|bz2)$/i;

/** Error whose message can be shown to a visitor. */
export class ZipError extends Error {}

/**
 * List the files in a zip file, without those of folders.
 * @param {Blob} file
 * @returns {Promise<{name: string, size: number, fault: string|null, open: () => Promise<Blob>}[]>}
 *   `fault` says why a member cannot be read; `open` unpacks it and throws a ZipError if it is
 *   damaged.
 * @throws {ZipError} the file is no zip file, or is damaged or of a kind that is not read.
 */
export async function readZip(file) {
  const { count, size, offset } = await endOf(file);
  if (count > MOST_MEMBERS) {
    throw new ZipError(`It holds ${count} files; at most ${MOST_MEMBERS} are read at once.`);
  }
  const directory = await viewOf(file, offset, size);
  const members = [];
  let place = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = entryAt(directory, place);
    place = entry.next;
    if (!entry.name.endsWith("/")) members.push(memberOf(file, entry));
  }
  return members;
}

/** Return where the list of members is: at the end of the file, before its comment. */
async function endOf(file) {
  const start = Math.max(0, file.size - LONGEST_END);
  const tail = await viewOf(file, start, file.size - start);
  let place = tail.byteLength - 22;
  while (place >= 0 && tail.getUint32(place, true) !== END) place -= 1;
  if (place < 0) throw new ZipError("This is no zip file, or its end is missing.");
  const end = {
    count: tail.getUint16(place + 10, true),
    size: tail.getUint32(place + 12, true),
    offset: tail.getUint32(place + 16, true),
  };
  if (end.count === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff) {
    throw new ZipError(
      "It is a zip64 file, which is not read here. Unpack it, and choose the folder.",
    );
  }
  if (end.size > LARGEST_DIRECTORY || end.offset + end.size > start + place) throw damaged();
  return end;
}

/** Return one entry of the list of members. */
function entryAt(directory, place) {
  if (place + 46 > directory.byteLength || directory.getUint32(place, true) !== CENTRAL) {
    throw damaged();
  }
  const nameLength = directory.getUint16(place + 28, true);
  const rest = directory.getUint16(place + 30, true) + directory.getUint16(place + 32, true);
  const nameEnd = place + 46 + nameLength;
  if (nameEnd + rest > directory.byteLength) throw damaged();
  const flags = directory.getUint16(place + 8, true);
  const start = directory.byteOffset + place + 46;
  return {
    flags,
    method: directory.getUint16(place + 10, true),
    crc: directory.getUint32(place + 16, true),
    packed: directory.getUint32(place + 20, true),
    size: directory.getUint32(place + 24, true),
    offset: directory.getUint32(place + 42, true),
    name: textOf(new Uint8Array(directory.buffer, start, nameLength), flags & IS_UTF8),
    next: nameEnd + rest,
  };
}

function memberOf(file, entry) {
  const fault = faultOf(entry);
  const open = async () => {
    if (fault) throw new ZipError(fault);
    return unpack(file, entry);
  };
  return { name: entry.name, size: entry.size, fault, open };
}

/** Say why a member cannot be read, or return null. */
function faultOf({ flags, method, name, packed, size, offset }) {
  if (flags & ENCRYPTED) return "It is encrypted. Unpack the zip file, and choose the folder.";
  if (NESTED.test(name)) return "An archive inside of a zip file is not opened.";
  if (packed === 0xffffffff || size === 0xffffffff || offset === 0xffffffff) {
    return "It is a zip64 member, which is not read here.";
  }
  if (method !== STORED && method !== DEFLATED) {
    return `It is packed by method ${method}; only stored and deflated files are read.`;
  }
  if (size > LARGEST_MEMBER) {
    const most = megabytes(LARGEST_MEMBER);
    return `It has ${megabytes(size)} MB unpacked; at most ${most} MB are read.`;
  }
  return null;
}

async function unpack(file, entry) {
  const header = await viewOf(file, entry.offset, 30);
  if (header.getUint32(0, true) !== LOCAL) throw damaged();
  const nameLength = header.getUint16(26, true);
  const start = entry.offset + 30 + nameLength + header.getUint16(28, true);
  if (start + entry.packed > file.size) throw damaged();
  const packed = file.slice(start, start + entry.packed);
  const bytes = await bytesOf(packed, entry);
  if (crc32(bytes) !== entry.crc) throw new ZipError("It is damaged: its checksum differs.");
  return new Blob([bytes]);
}

/** Return the bytes of a member; it ends as soon as there are more than its entry says. */
async function bytesOf(packed, { method, size }) {
  const stream =
    method === DEFLATED
      ? packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))
      : packed.stream();
  const bytes = new Uint8Array(size);
  let length = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > size) {
        await reader.cancel();
        throw new ZipError("It holds more than the zip file says, and is not read.");
      }
      bytes.set(value, length);
      length += value.length;
    }
  } catch (error) {
    throw error instanceof ZipError ? error : damaged();
  }
  if (length < size) throw damaged();
  return bytes;
}

async function viewOf(file, start, length) {
  const buffer = await file.slice(start, start + length).arrayBuffer();
  if (buffer.byteLength < length) throw damaged();
  return new DataView(buffer);
}

/** Names without a mark are in the code page of the writer; most are UTF-8 all the same. */
function textOf(bytes, isUtf8) {
  try {
    return new TextDecoder("utf-8", { fatal: !isUtf8 }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}

function damaged() {
  return new ZipError("It is damaged.");
}
