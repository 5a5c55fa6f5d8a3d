// Command client stands for `python`: it has the warm Python run what the arguments say, and ends as that ends.
//
// Beside it is a file of its name and `.warm`, with the address of the warm Python and the path of the cold one. It is
// no Python program, because Python's start alone takes as long as what many a test has Python do.
package main

import (
	"encoding/binary"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Those that a fork can have of its own, or that make no difference here.
const pythonVariables = " PYTHON PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE "

// Where complaints go: standard error, and its copy when that has been closed.
var told = 2

func main() {
	itself, err := os.Executable()
	check(err)
	settings, err := os.ReadFile(itself + ".warm")
	check(err)
	address, cold, _ := strings.Cut(strings.TrimSpace(string(settings)), "\n")
	arguments := os.Args[1:]
	if !canBeForked(arguments) {
		check(syscall.Exec(cold, append([]string{cold}, arguments...), os.Environ()))
	}
	streams := openFiles()
	server, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	check(syscall.Connect(server, &syscall.SockaddrUnix{Name: address}))
	// Caught from here on: the order may be obeyed as soon as it is sent.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	send(server, streams, arguments)
	go func() {
		for each := range signals {
			write(server, []byte{byte(each.(syscall.Signal))})
		}
	}()
	// What the program has open must be closed when it closes it.
	told, err = syscall.Dup(2)
	check(err)
	for _, stream := range streams {
		check(syscall.Close(stream))
	}
	answer := make([]byte, 16)
	length := read(server, answer)
	status, err := strconv.Atoi(string(answer[:length]))
	if err != nil {
		write(told, []byte("the warm Python of the tests has ended\n"))
		os.Exit(1)
	}
	end(syscall.WaitStatus(status), cold)
}

// canBeForked tells whether the warm Python knows what is asked; a real one is started otherwise.
func canBeForked(arguments []string) bool {
	for _, each := range os.Environ() {
		name, _, _ := strings.Cut(each, "=")
		if strings.HasPrefix(name, "PYTHON") && !strings.Contains(pythonVariables, " "+name+" ") {
			return false
		}
	}
	for len(arguments) > 0 && (arguments[0] == "-u" || arguments[0] == "-P") {
		arguments = arguments[1:]
	}
	return len(arguments) > 0 && (arguments[0] == "-m" || !strings.HasPrefix(arguments[0], "-"))
}

// openFiles returns what this process was started with, and not what the runtime has opened for itself.
func openFiles() []int {
	listing, err := os.Open("/dev/fd")
	check(err)
	names, err := listing.Readdirnames(-1)
	check(err)
	found := []int{}
	for _, name := range names {
		number, err := strconv.Atoi(name)
		check(err)
		flags, _, failed := syscall.Syscall(syscall.SYS_FCNTL, uintptr(number), syscall.F_GETFD, 0)
		if failed == 0 && flags&syscall.FD_CLOEXEC == 0 {
			found = append(found, number)
		}
	}
	return found
}

// send sends the order, as server.py expects it.
func send(server int, streams []int, arguments []string) {
	folder, err := syscall.Getwd()
	check(err)
	numbers := []string{}
	for _, stream := range streams {
		numbers = append(numbers, strconv.Itoa(stream))
	}
	parts := []string{folder, strings.Join(numbers, ","), strconv.Itoa(len(arguments))}
	parts = append(append(parts, arguments...), os.Environ()...)
	order := []byte(strings.Join(parts, "\x00"))
	length := binary.BigEndian.AppendUint32(nil, uint32(len(order)))
	check(syscall.Sendmsg(server, length, syscall.UnixRights(streams...), nil, 0))
	for len(order) > 0 {
		order = order[write(server, order):]
	}
}

// dies ends a process by the signal of that number, also if it is ignored where these tests run. Go cannot.
const dies = "import os, signal, sys; number = int(sys.argv[1]); " +
	"number == signal.SIGKILL or signal.signal(number, signal.SIG_DFL); os.kill(os.getpid(), number)"

// end ends as the program did.
func end(status syscall.WaitStatus, cold string) {
	if status.Signaled() {
		number := strconv.Itoa(int(status.Signal()))
		check(syscall.Exec(cold, []string{cold, "-I", "-S", "-c", dies, number}, os.Environ()))
	}
	os.Exit(status.ExitStatus())
}

func read(file int, into []byte) int {
	for {
		length, err := syscall.Read(file, into)
		if err != syscall.EINTR {
			check(err)
			return length
		}
	}
}

func write(file int, from []byte) int {
	for {
		length, err := syscall.Write(file, from)
		if err != syscall.EINTR {
			check(err)
			return length
		}
	}
}

func check(err error) {
	if err != nil {
		syscall.Write(told, []byte("the tests' stand-in for python: "+err.Error()+"\n"))
		os.Exit(1)
	}
}
