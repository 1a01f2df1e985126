/** Case and the way in which accents are written make no difference to a search. */
export const searchable = (text: string): string => text.normalize('NFC').toLowerCase();
