// Runs a fuzzer's corpus once, without libFuzzer: for the ordinary build.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	if (!file)
		return -1;
	size_t size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	uint8_t *exact = malloc(size ? size : 1); // of the right size, so that a sanitizer sees reads past the end
	if (!exact)
		return -1;
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	int inputs = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[4096];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (replay_file(path)) {
			perror(path);
			return 1;
		}
		inputs++;
	}
	(void)closedir(dir);
	printf("%d inputs\n", inputs);
	return inputs ? 0 : 1;
}
