import tseslint from 'typescript-eslint';

export default tseslint.config({ ignores: ['lib/', 'node_modules/'] }, ...tseslint.configs.strict, {
  files: ['**/*.ts'],
  rules: {
    '@typescript-eslint/no-non-null-assertion': 'off', // a Map that was just filled from the same ids
    'no-restricted-properties': [
      'error',
      ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map(property => ({
        property,
        message: 'Labels are hostile: textContent only.'
      }))
    ],
    'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest', 'eval']
  }
});
