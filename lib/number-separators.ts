/**
 * What people and programs put between digits: spaces, dashes, brackets, dots, soft hyphens, zero-width and
 * direction marks. Japanese keyboards write the sign of a long vowel, or a line, for a dash. Not U+202E, which shows digits in
 * another order, nor the wave dash, which is for ranges.
 */
export const separatorClass =
  "\\p{Zs}\\t\\-\\u058a\\u05be\\u1806\\u2010-\\u2015\\u2212\\u2e3a\\u2e3b\\ufe31\\ufe32\\ufe58\\ufe63\\uff0d\\u30fc\\uff70\\u2500()[\\]\\uff08\\uff09\\uff3b\\uff3d.\\uff0e\\u00b7\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202d\\u2060-\\u206f\\ufeff";
