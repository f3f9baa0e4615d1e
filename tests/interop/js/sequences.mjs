// Values to publish one after another: small changes in long values, equal values, empty ones, the ends of ranges.
import { recordValue, types } from './lib.mjs';

const long = 'The quick brown fox jumps over the lazy dog. '.repeat(6);
const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const touched = Buffer.from(bytes);
touched[100] = 0;

export const sequences = {
    JSON: [
        { bid: 1.25, text: long, list: [1, 2, 3] }, { bid: 1.5, text: long, list: [1, 2, 3] },
        { bid: 1.5, text: long, list: [1, 2, 3] }, { bid: 1.5, text: long, list: [1, 2, 4, 3] }, [], { deep: { er: [[{}]] } }, 'text', 5,
    ],
    STRING: [long, `${long}!`, `?${long}!`, `?${long}!`, 'ü € 😀', 'שלום', ''],
    BINARY: [bytes, touched, Buffer.concat([touched, Buffer.from([7])]), Buffer.from([1]), Buffer.from([])],
    INT64: ['0', '-1', '9223372036854775807', '-9223372036854775807', '24'],
    DOUBLE: [0.1, -2.5, 1e308, 5e-324],
    RECORD_V2: [[['a', 'b'], ['c']], [['a', 'b'], ['d']], [['only']]],
};

export function made(type, value) {
    switch (type) {
        case 'RECORD_V2': return recordValue(value);
        case 'BINARY': case 'JSON': return types[type].from(value);
        default: return value;
    }
}
