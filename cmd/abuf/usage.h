#ifndef ABUF_CMD_USAGE_H
#define ABUF_CMD_USAGE_H

/*
 * --help and --version, on stdout.  Both return main()'s status: 0, or 74
 * if stdout cannot be written.
 */
int usage_help(void);
int usage_version(void);

#endif
