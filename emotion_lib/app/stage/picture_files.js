// Pictures that a visitor chose: files, folders, zip files, and what was dropped.

import { readZip, ZipError } from "./zip.js";

/** Files that can be pictures, by their names. */
const PICTURES = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|heic|heif|avif|jp2|ppm|pgm)$/i;
const ZIP = /\.zip$/i;
const inOrder = new Intl.Collator("en", { numeric: true });
/** Written by systems beside the pictures. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

/**
 * A picture to be read.
 * @typedef {Object} Source
 * @property {string} name with its folders.
 * @property {number} bytes
 * @property {string|null} fault why it cannot be read.
 * @property {() => Promise<File>} open
 */

/**
 * Return the pictures of files, with zip files in their place unpacked.
 *
 * In folders and zip files, only files with the name of a picture count. They come ordered by name.
 * @param {File[]} files
 * @returns {Promise<{sources: Source[], leftOut: number}>} leftOut: files that are no pictures.
 */
export async function picturesOf(files) {
  const sources = [];
  let leftOut = 0;
  for (const file of files) {
    const name = file.webkitRelativePath || file.pathInFolder || file.name;
    const isInFolder = name.includes("/");
    if (isInFolder && HIDDEN.test(name)) continue;
    if (ZIP.test(name)) {
      const found = await zipMembers(file, name);
      sources.push(...found.sources);
      leftOut += found.leftOut;
    } else if (isInFolder && !PICTURES.test(name)) leftOut += 1;
    else sources.push({ name, bytes: file.size, fault: null, open: async () => file });
  }
  // Browsers give the files of a folder in any order.
  sources.sort((a, b) => inOrder.compare(a.name, b.name));
  return { sources, leftOut };
}

async function zipMembers(file, name) {
  let members;
  try {
    members = await readZip(file);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const fault = error.message;
    return { sources: [{ name, bytes: file.size, fault, open: null }], leftOut: 0 };
  }
  const sources = [];
  let leftOut = 0;
  for (const member of members) {
    if (HIDDEN.test(member.name)) continue;
    if (!member.fault && !PICTURES.test(member.name)) leftOut += 1;
    else sources.push(sourceOf(member, name));
  }
  return { sources, leftOut };
}

function sourceOf(member, zipName) {
  const name = `${zipName}/${member.name}`;
  const open = async () => new File([await member.open()], name.split("/").pop());
  return { name, bytes: member.size, fault: member.fault, open };
}

/**
 * Return the files of a drop, with those inside of dropped folders.
 * @param {DataTransfer} transfer
 */
export async function droppedFiles(transfer) {
  // Entries must be taken before the first wait; the browser forgets them after it.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const files = [];
  for (const entry of entries) if (entry) await addFiles(entry, files);
  return files;
}

async function addFiles(entry, files) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    const path = entry.fullPath.slice(1);
    if (path.includes("/")) file.pathInFolder = path;
    files.push(file);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return; // a folder comes in parts of a hundred
    for (const child of part) await addFiles(child, files);
  }
}
