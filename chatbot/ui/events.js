element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (!button || !element.contains(button)) return;
  event.preventDefault();
  trigger('select', { ...button.dataset });
});
