// While sources are read the page looks again every second.
setTimeout(() => location.replace(location.pathname), 1000);
