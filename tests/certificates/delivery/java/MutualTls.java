import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Calls a partner over mutual TLS with what Certdesk delivers, as a Java app does.
 *
 * <p>Arguments: port, container, its password, then {@code store FILE PASSWORD} for a trust store, or
 * {@code certificates FILE…} for files of CA certificates. Prints what the partner answers.
 */
public final class MutualTls {
    public static void main(String[] given) throws Exception {
        KeyStore own = stored(given[1], given[2]);
        KeyStore trusted = given[3].equals("store") ? stored(given[4], given[5]) : loaded(given, 4);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, given[2].toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", Integer.parseInt(given[0]))) {
            socket.getOutputStream().write("hello".getBytes("US-ASCII"));
            System.out.println(new String(socket.getInputStream().readAllBytes(), "UTF-8"));
        }
    }

    private static KeyStore stored(String file, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        return store;
    }

    private static KeyStore loaded(String[] files, int first) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (int at = first; at < files.length; at++) {
            try (InputStream in = Files.newInputStream(Path.of(files[at]))) {
                for (Certificate one : factory.generateCertificates(in)) {
                    store.setCertificateEntry(files[at] + store.size(), one);
                }
            }
        }
        return store;
    }
}
